package refresh_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
)

// What is active is asked for by itself, once at a time; a Canvas that failed is asked
// whether it is back.
func TestSync(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		sync := &refresh.Scheduler{Store: s, Queue: v.Queue.Queue, Clients: v.canvases, Now: v.clock.Now, Log: slog.New(slog.DiscardHandler)}
		for _, want := range []string{"", "refresh 1", "refresh 1"} {
			if err := sync.Do(t.Context(), refresh.Schedule{}); err != nil {
				t.Fatal(err)
			}
			if got := v.work(t); got != want {
				t.Errorf("the work is %q, want %q", got, want)
			}
			if err := v.refresh(t); err != nil { // from now on it is known to be active
				t.Fatal(err)
			}
		}
		heard := len(v.canvases.Contacts())
		v.unreached(t)
		v.Server.InjectFault(canvastest.Match{Path: "/users/self", Times: -1}, canvastest.Fault{Kind: canvastest.BadGateway})
		for _, want := range []error{canvas.ErrUnreachable, nil} {
			if err := sync.Do(t.Context(), refresh.Schedule{}); err != nil {
				t.Fatal(err)
			}
			if got := v.canvases.Contacts()[heard]; !errors.Is(got, want) {
				t.Errorf("of Canvas was heard %v, want %v", got, want)
			}
			heard++
			v.ClearFaults()
		}
	})
}

// unreached notes that Canvas was not to be reached last time.
func (v *village) unreached(t *testing.T) {
	t.Helper()
	_, err := v.Store.SQL().ExecContext(t.Context(), "UPDATE canvas_access SET failure = 'no answer', contacted_at = '2026-03-01 12:00:00+00:00'")
	if err != nil {
		t.Fatal(err)
	}
}

// observedClients calls a function before it returns a client.
type observedClients struct {
	*jobstest.Clients
	onClient func()
}

func (c observedClients) Client(ctx context.Context, account int64) (*canvas.Client, error) {
	c.onClient()
	return c.Clients.Client(ctx, account)
}

// A Canvas that stalls keeps no refresh from being asked for, and is not waited for.
func TestSyncStalled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		if err := v.refresh(t); err != nil { // from now on it is known to be active
			t.Fatal(err)
		}
		v.unreached(t)
		v.Server.InjectFault(canvastest.Match{Path: "/users/self", Times: -1}, canvastest.Fault{Kind: canvastest.Stall})
		var before []string
		on := observedClients{v.canvases, func() { before = append(before, v.work(t)) }}
		sync := &refresh.Scheduler{Store: s, Queue: v.Queue.Queue, Clients: on, Now: v.clock.Now, ProbeTimeout: 2 * time.Second, Log: slog.New(slog.DiscardHandler)}
		heard := len(v.canvases.Contacts())
		if err := sync.Do(t.Context(), refresh.Schedule{}); err != nil {
			t.Fatal(err)
		}
		if want := []string{"refresh 1"}; !slices.Equal(before, want) {
			t.Errorf("when Canvas was asked, the work was %q, want %q", before, want)
		}
		if got := v.canvases.Contacts()[heard:]; len(got) != 1 || !errors.Is(got[0], canvas.ErrUnreachable) {
			t.Errorf("of Canvas was heard %v, want that it did not answer", got)
		}
	})
}
