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

// The scheduler enqueues one refresh of each active assignment, and probes a Canvas that did
// not answer.
func TestScheduler(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		scheduler := &refresh.Scheduler{Store: s, Queue: fx.Queue.Queue, Clients: fx.clients, Now: fx.clock.Now, Log: slog.New(slog.DiscardHandler)}
		for _, want := range []string{"", "refresh 1", "refresh 1"} {
			if err := scheduler.Do(t.Context(), refresh.Schedule{}); err != nil {
				t.Fatal(err)
			}
			if got := fx.availableJobs(t); got != want {
				t.Errorf("the available jobs are %q, want %q", got, want)
			}
			if err := fx.refresh(t); err != nil { // activates the assignment in the store
				t.Fatal(err)
			}
		}
		first := len(fx.clients.Contacts())
		fx.recordFailure(t)
		fx.Server.InjectFault(canvastest.Match{Path: "/users/self", Times: -1}, canvastest.Fault{Kind: canvastest.BadGateway})
		for _, want := range []error{canvas.ErrUnreachable, nil} {
			if err := scheduler.Do(t.Context(), refresh.Schedule{}); err != nil {
				t.Fatal(err)
			}
			if got := fx.clients.Contacts()[first]; !errors.Is(got, want) {
				t.Errorf("the recorded contacts are %v, want %v", got, want)
			}
			first++
			fx.ClearFaults()
		}
	})
}

// recordFailure records that Canvas did not answer.
func (fx *fixture) recordFailure(t *testing.T) {
	t.Helper()
	_, err := fx.Store.SQL().ExecContext(t.Context(), "UPDATE canvas_access SET failure = 'no answer', contacted_at = '2026-03-01 12:00:00+00:00'")
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

// A Canvas that stalls does not delay the refreshes: they are enqueued before the probes, and
// the probes have a timeout.
func TestSchedulerStalledProbe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		if err := fx.refresh(t); err != nil { // activates the assignment in the store
			t.Fatal(err)
		}
		fx.recordFailure(t)
		fx.Server.InjectFault(canvastest.Match{Path: "/users/self", Times: -1}, canvastest.Fault{Kind: canvastest.Stall})
		var jobsDuringProbe []string
		clients := observedClients{fx.clients, func() { jobsDuringProbe = append(jobsDuringProbe, fx.availableJobs(t)) }}
		scheduler := &refresh.Scheduler{Store: s, Queue: fx.Queue.Queue, Clients: clients, Now: fx.clock.Now, ProbeTimeout: 2 * time.Second, Log: slog.New(slog.DiscardHandler)}
		first := len(fx.clients.Contacts())
		if err := scheduler.Do(t.Context(), refresh.Schedule{}); err != nil {
			t.Fatal(err)
		}
		if want := []string{"refresh 1"}; !slices.Equal(jobsDuringProbe, want) {
			t.Errorf("during the probe the available jobs were %q, want %q", jobsDuringProbe, want)
		}
		if got := fx.clients.Contacts()[first:]; len(got) != 1 || !errors.Is(got[0], canvas.ErrUnreachable) {
			t.Errorf("the recorded contacts are %v, want one that did not answer", got)
		}
	})
}
