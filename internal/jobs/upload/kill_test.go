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

// A killer ends the goroutine of an upload at a kill point. There is a kill point before and
// after each statement and each request.
type killer struct {
	base          http.RoundTripper
	killAt, count int // numbers of kill points, from 1
}

func (k *killer) killPoint() {
	k.count++
	if k.count == k.killAt {
		runtime.Goexit()
	}
}

func (k *killer) RoundTrip(r *http.Request) (*http.Response, error) {
	k.killPoint()
	resp, err := k.base.RoundTrip(r)
	if err == nil && k.count+1 == k.killAt {
		resp.Body.Close()
	}
	k.killPoint()
	return resp, err
}

func (k *killer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	k.killPoint()
	return ctx
}

func (k *killer) AfterQuery(context.Context, *bun.QueryEvent) { k.killPoint() }

// killAt runs the job of an upload until a kill point, and reports whether the job reached it.
// It fails the test if Do returns an error.
func (fx *fixture) killAt(t *testing.T, args jobs.UploadScores, at int) (killed bool) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	k := &killer{base: transport, killAt: at}
	handler := *fx.handler
	handler.Store, handler.Clients = fx.store.WithQueryHook(k), &jobstest.Clients{Canvas: fx.client(t, k)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // rolls back the transaction, as the end of a process does
	killed = true
	ended := make(chan error, 1)
	go func() {
		defer close(ended)
		err := handler.Do(ctx, args)
		killed = false
		ended <- err
	}()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return killed
}

const (
	sampleOutcomes = "anna sent 7.5\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
		"carl sent 10\ndora sent 0.1\neve refused - (The student is not in this course or section in Canvas.)"
	sampleGrades = "anna 7.5, bob 3, carl 10, dora 0.1"
)

// startSampleUpload creates an upload of five scores. Three scores are sent. Bob keeps the
// grade that Canvas has, and the score of eve is refused because eve is not in Canvas.
func (fx *fixture) startSampleUpload(t *testing.T) jobs.UploadScores {
	t.Helper()
	for name, score := range map[string]float64{"anna": 7.5, "bob": -2, "carl": 10, "dora": 0.1, "eve": 6} {
		fx.addResult(t, name, score)
	}
	fx.SetGrade(fx.people["bob"].CanvasID, fx.assignment.CanvasID, "3")
	return fx.startUpload(t, change.UploadRequest{Passed: true, Failed: true})
}

// checkSampleUpload fails the test unless an upload of startSampleUpload has the expected outcomes
// and wrote each grade once. The errors start with label.
func (fx *fixture) checkSampleUpload(t *testing.T, args jobs.UploadScores, label ...any) {
	t.Helper()
	if got := fx.uploadState(t, args); got != "done" {
		t.Errorf("%v: the upload is %q, want it done", label, got)
	}
	if got := fx.outcomes(t, args); got != sampleOutcomes {
		t.Errorf("%v: the outcomes are\n%s\nwant\n%s", label, got, sampleOutcomes)
	}
	if got := fx.canvasGrades(t); got != sampleGrades {
		t.Errorf("%v: Canvas has %s, want %s", label, got, sampleGrades)
	}
	for _, name := range studentNames()[:4] {
		if n := fx.Grade(fx.people[name].CanvasID, fx.assignment.CanvasID).Changes; n != 1 {
			t.Errorf("%v: %s was graded %d times, want once", label, name, n)
		}
	}
}

// If an upload is killed at any point, and its second attempt at another point, the third attempt
// completes it. Grades that arrived are not sent again.
func TestUploadKilled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		killPoints := 0
		for killed := true; killed && !t.Failed(); {
			killPoints++
			fx := newFixture(t, s, pointsAssignment)
			args := fx.startSampleUpload(t)
			killed = fx.killAt(t, args, killPoints)
			another := killPoints*7%31 + 1
			fx.killAt(t, args, another)
			fx.runJob(t, args)
			fx.checkSampleUpload(t, args, "killed at point", killPoints)
			if n := fx.countPosts(t); n != 1 {
				t.Errorf("killed at point %d: grades were sent %d times, want once", killPoints, n)
			}
			fx.Close()
		}
		if killPoints < 60 {
			t.Errorf("an upload has %d kill points, want at least 60", killPoints)
		}
	})
}

// A cancelAfterPost cancels a context at the first statement after grades were sent.
type cancelAfterPost struct {
	fake   *canvastest.Server
	cancel context.CancelFunc
}

func (c *cancelAfterPost) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if len(c.fake.Requests("update_grades")) > 0 {
		c.cancel()
	}
	return ctx
}

func (*cancelAfterPost) AfterQuery(context.Context, *bun.QueryEvent) {}

// A job that is cancelled while it sends grades still records the id of the Canvas job, so the
// next attempt need not search for the grades. It does not record Canvas as unavailable.
func TestUploadCancelledDuringPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, pointsAssignment)
		args := fx.startSampleUpload(t)
		ctx, cancel := context.WithCancel(t.Context())
		handler := *fx.handler
		handler.Store = s.WithQueryHook(&cancelAfterPost{fx.Server, cancel})
		if err := handler.Do(ctx, args); !errors.Is(err, context.Canceled) {
			t.Errorf("Do = %v, want %v", err, context.Canceled)
		}
		if len(fx.clients.Contacts()) > 0 {
			t.Errorf("the recorded contacts are %v", fx.clients.Contacts())
		}
		before := fx.clock.Now()
		fx.runJob(t, args)
		fx.checkSampleUpload(t, args)
		if n, waited := fx.countPosts(t), fx.clock.Now().Sub(before); n != 1 || waited > 2*canvasJobTime {
			t.Errorf("grades were sent %d times, and the second attempt waited %s", n, waited)
		}
	})
}
