package upload_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// A killer ends whoever does an upload at one of the moments before and after each
// statement and each request; none of what comes after happens.
type killer struct {
	through http.RoundTripper
	at, now int // moments, from 1
}

func (k *killer) moment() {
	k.now++
	if k.now == k.at {
		runtime.Goexit()
	}
}

func (k *killer) RoundTrip(r *http.Request) (*http.Response, error) {
	k.moment()
	resp, err := k.through.RoundTrip(r)
	if err == nil && k.now+1 == k.at {
		resp.Body.Close()
	}
	k.moment()
	return resp, err
}

func (k *killer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	k.moment()
	return ctx
}

func (k *killer) AfterQuery(context.Context, *bun.QueryEvent) { k.moment() }

// killedAt does an upload until a moment, and tells whether it came to that. It fails the
// test if Do failed before.
func (c *campus) killedAt(t *testing.T, w jobs.UploadScores, at int) (killed bool) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	k := &killer{through: transport, at: at}
	do := *c.do
	do.Store, do.Clients = c.store.WithQueryHook(k), &jobstest.Clients{Canvas: c.client(t, k)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // as with the death of a program, its transaction ends
	killed = true
	ended := make(chan error, 1)
	go func() {
		defer close(ended)
		err := do.Do(ctx, w)
		killed = false
		ended <- err
	}()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return killed
}

const (
	mixedOutcomes = "anna sent 7.5\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
		"carl sent 10\ndora sent 0.1\neve refused - (The student is not in this course or section in Canvas.)"
	mixedBooks = "anna 7.5, bob 3, carl 10, dora 0.1"
)

// mixed gives a campus some of everything: with it, an upload ends with mixedOutcomes.
func (c *campus) mixed(t *testing.T) jobs.UploadScores {
	t.Helper()
	for name, score := range map[string]float64{"anna": 7.5, "bob": -2, "carl": 10, "dora": 0.1, "eve": 6} {
		c.grade(t, name, score)
	}
	c.SetGrade(c.people["bob"].CanvasID, c.assignment.CanvasID, "3")
	return c.order(t, change.UploadRequest{Passed: true, Failed: true})
}

// wellEnded fails the test unless the upload of a mixed campus ended as it should, with each
// grade written once.
func (c *campus) wellEnded(t *testing.T, w jobs.UploadScores, after ...any) {
	t.Helper()
	if got := c.state(t, w); got != "done" {
		t.Errorf("%v: the upload is %q, want it done", after, got)
	}
	if got := c.outcomes(t, w); got != mixedOutcomes {
		t.Errorf("%v: what became of the scores:\n%s\nwant:\n%s", after, got, mixedOutcomes)
	}
	if got := c.inBooks(t); got != mixedBooks {
		t.Errorf("%v: Canvas has %s, want %s", after, got, mixedBooks)
	}
	for _, name := range studentNames()[:4] {
		if n := c.Grade(c.people[name].CanvasID, c.assignment.CanvasID).Changes; n != 1 {
			t.Errorf("%v: %s was graded %d times, want once", after, name, n)
		}
	}
}

// Killed at any moment, and once more while it is taken up, an upload is ended by the next
// to do it, and what arrived is not sent again.
func TestUploadKilled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		moments := 0
		for killed := true; killed && !t.Failed(); {
			moments++
			c := newCampus(t, s, canvastestPoints)
			w := c.mixed(t)
			killed = c.killedAt(t, w, moments)
			c.killedAt(t, w, moments*7%31+1)
			c.upload(t, w)
			c.wellEnded(t, w, "killed at moment", moments)
			if n := c.sendings(t); n != 1 {
				t.Errorf("killed at moment %d: grades were sent %d times, want once", moments, n)
			}
			c.Close()
		}
		if moments < 60 {
			t.Errorf("an upload has %d moments: does the killer see all of them?", moments)
		}
	})
}

// A stopper cuts work off at the first statement after grades were sent.
type stopper struct {
	fake *canvastest.Server
	stop context.CancelFunc
}

func (st *stopper) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if len(st.fake.Requests("update_grades")) > 0 {
		st.stop()
	}
	return ctx
}

func (*stopper) AfterQuery(context.Context, *bun.QueryEvent) {}

// Work that is cut off while grades are sent still notes the job, and whoever goes on need
// not look for them; Canvas is not to blame.
func TestUploadCutOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newCampus(t, s, canvastestPoints)
		w := c.mixed(t)
		ctx, stop := context.WithCancel(t.Context())
		do := *c.do
		do.Store = s.WithQueryHook(&stopper{c.Server, stop})
		if err := do.Do(ctx, w); !errors.Is(err, context.Canceled) {
			t.Errorf("Do = %v, want %v", err, context.Canceled)
		}
		if len(c.canvases.Contacts()) > 0 {
			t.Errorf("of Canvas was heard %v", c.canvases.Contacts())
		}
		before := c.clock.Now()
		c.upload(t, w)
		c.wellEnded(t, w)
		if n, waited := c.sendings(t), c.clock.Now().Sub(before); n != 1 || waited > 2*jobsTake {
			t.Errorf("grades were sent %d times, and the second go waited %s", n, waited)
		}
	})
}
