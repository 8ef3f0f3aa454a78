package upload_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/jobs"
)

// pointsAssignment is an assignment that is graded with points.
var pointsAssignment = canvastest.Assignment{}

// A faultInjector is a transport that lets the fake Canvas fail at one request.
type faultInjector struct {
	base           http.RoundTripper
	fake           *canvastest.Server
	fault          canvastest.Fault
	faultAt, count int  // request numbers, from 1
	faultHitsPost  bool // the request with the fault sends grades
}

func (f *faultInjector) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.count++; f.count == f.faultAt {
		f.fake.InjectFault(canvastest.Match{}, f.fault)
		f.faultHitsPost = r.Method == http.MethodPost
	}
	return f.base.RoundTrip(r)
}

// After any fault at any request, the next attempts complete the upload. They send grades again
// only if the grades did not arrive.
func TestUploadFaults(t *testing.T) {
	faults := map[string]canvastest.Fault{
		"error before execution": {Kind: canvastest.ServerError}, "error after execution": {Kind: canvastest.ServerError, Executed: true},
		"reset before execution": {Kind: canvastest.Reset}, "reset after execution": {Kind: canvastest.Reset, Executed: true},
		"truncated response": {Kind: canvastest.Truncated}, "bad gateway after execution": {Kind: canvastest.BadGateway, Executed: true},
		"stall before execution": {Kind: canvastest.Stall}, "stall after execution": {Kind: canvastest.Stall, Executed: true},
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for name, fault := range faults {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				limit := 30 * time.Second
				if fault.Kind == canvastest.Stall {
					limit = 500 * time.Millisecond
				}
				for at, more := 1, true; more && !t.Failed(); at++ {
					fx := newFixture(t, s, pointsAssignment)
					args := fx.startSampleUpload(t)
					injector := &faultInjector{base: http.DefaultTransport.(*http.Transport).Clone(), fake: fx.Server, fault: fault, faultAt: at}
					fx.clients.Canvas = fx.client(t, injector, canvas.WithTimeout(limit))
					attempts := fx.runUntilDone(t, args)
					fx.checkSampleUpload(t, args, name, "at request", at)
					wantPosts := 1
					if injector.faultHitsPost && !fault.Executed && fault.Kind != canvastest.Truncated {
						wantPosts = 2
					}
					if n := fx.countPosts(t); n != wantPosts {
						t.Errorf("%s at request %d: grades were sent %d times, want %d", name, at, n, wantPosts)
					}
					if attempts > 1 != injector.faultHitsPost {
						t.Errorf("%s at request %d: %d attempts, want several: %t", name, at, attempts, injector.faultHitsPost)
					}
					more = injector.count >= at
					fx.Close()
				}
			})
		}
	})
}

// runUntilDone runs the job of an upload until it succeeds, and returns the number of attempts.
func (fx *fixture) runUntilDone(t *testing.T, args jobs.UploadScores) (attempts int) {
	t.Helper()
	for attempts = 1; ; attempts++ {
		err := fx.handler.Do(t.Context(), args)
		if err == nil {
			return attempts
		}
		if errors.Is(err, jobs.ErrPermanent) || attempts == 5 {
			t.Fatalf("Do = %v in attempt %d", err, attempts)
		}
	}
}

// A grade that did not arrive is not sent again if the student has a newer result by then. The
// outcome gives the reason.
func TestUploadNewerResult(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, pointsAssignment)
		fx.addResult(t, "anna", 7.5)
		fx.addResult(t, "bob", 3)
		args := fx.startUpload(t, change.UploadRequest{Passed: true, Failed: true, ReplaceExisting: true})
		fx.InjectFault(canvastest.Match{Path: "update_grades", Times: -1}, canvastest.Fault{Kind: canvastest.Reset})
		if err := fx.handler.Do(t.Context(), args); !errors.Is(err, canvas.ErrOutcomeUnknown) {
			t.Fatalf("Do = %v, want %v", err, canvas.ErrOutcomeUnknown)
		}
		fx.ClearFaults()
		fx.addResult(t, "anna", 9, func(item *ingest.ResultItem) { item.Result.Attempt, item.Result.State = 2, db.StatePaused })
		fx.runJob(t, args)
		const want = "anna refused 7.5 (A newer result must be processed first. Its score can be sent then.)\nbob sent 3"
		if got := fx.outcomes(t, args); got != want || fx.uploadState(t, args) != "done" {
			t.Errorf("the upload is %s with\n%s\nwant\n%s", fx.uploadState(t, args), got, want)
		}
	})
}

// While Canvas does not answer, an upload waits and sends nothing twice. An upload that is given
// up records for which grades the outcome is unknown.
func TestUploadUnavailable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, pointsAssignment)
		args := fx.startSampleUpload(t)
		fx.InjectFault(canvastest.Match{Path: "/progress/", Times: -1}, canvastest.Fault{Kind: canvastest.ServerError})
		for range 2 {
			if err := fx.handler.Do(t.Context(), args); !errors.Is(err, canvas.ErrUnreachable) || errors.Is(err, jobs.ErrPermanent) {
				t.Errorf("Do = %v, want %v", err, canvas.ErrUnreachable)
			}
		}
		if contacts := fx.clients.Contacts(); len(contacts) != 2 || !errors.Is(contacts[1], canvas.ErrUnreachable) {
			t.Errorf("the recorded contacts are %v", contacts)
		}
		if got := fx.uploadState(t, args); got != "running" {
			t.Errorf("the upload is %q", got)
		}
		fx.ClearFaults()
		fx.runJob(t, args)
		fx.checkSampleUpload(t, args)

		// Canvas throttles.
		fx = newFixture(t, s, pointsAssignment)
		args = fx.startSampleUpload(t)
		regularClient := fx.clients.Canvas
		fx.clients.Canvas = fx.client(t, http.DefaultTransport, canvas.WithClock(fx.clock.Now, func(context.Context, time.Duration) error { return nil }))
		fx.SetRequestCost(10_000)
		if err := fx.handler.Do(t.Context(), args); !isRetryLater(err) {
			t.Errorf("Do = %v, want a jobs.RetryLater", err)
		}
		if contacts := fx.clients.Contacts(); len(contacts) != 1 || !errors.Is(contacts[0], canvas.ErrThrottled) {
			t.Errorf("the recorded contacts are %v", contacts)
		}
		fx.SetRequestCost(1)
		fx.clients.Canvas = regularClient
		fx.runJob(t, args)
		fx.checkSampleUpload(t, args)

		// The upload is given up while the outcome of grades is unknown.
		fx = newFixture(t, s, pointsAssignment)
		args = fx.startSampleUpload(t)
		fx.InjectFault(canvastest.Match{Path: "update_grades"}, canvastest.Fault{Kind: canvastest.Reset, Executed: true})
		reason := fx.handler.Do(t.Context(), args)
		if contacts := fx.clients.Contacts(); len(contacts) != 1 || !errors.Is(contacts[0], canvas.ErrOutcomeUnknown) {
			t.Errorf("the recorded contacts are %v, want one that did not answer", contacts)
		}
		for range 2 {
			if err := fx.handler.GiveUp(t.Context(), args, reason); err != nil {
				t.Fatal(err)
			}
		}
		const failure = "Canvas did not answer when grades were sent."
		if got := fx.uploadState(t, args); got != "failed: "+failure {
			t.Errorf("the upload is %q", got)
		}
		const unknown = "(It is unknown whether Canvas has this grade. " + failure + ")"
		want := "anna refused 7.5 " + unknown + "\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
			"carl refused 10 " + unknown + "\ndora refused 0.1 " + unknown + "\neve refused - (The student is not in this course or section in Canvas.)"
		if got := fx.outcomes(t, args); got != want {
			t.Errorf("the outcomes are\n%s\nwant\n%s", got, want)
		}

		fx = newFixture(t, s, pointsAssignment)
		args = fx.startSampleUpload(t)
		fx.clients.Canvas = nil
		fx.runJob(t, args)
		if got := fx.uploadState(t, args); got != "failed: The Canvas of the account is not configured." {
			t.Errorf("the upload is %q", got)
		}
	})
}

// The outcomes reflect changes in Canvas between the request and the end of the Canvas job.
func TestUploadCanvasChanges(t *testing.T) {
	const kept = "bob kept - (Canvas already has the grade 3, which must not be replaced.)"
	const absent = "(The student is not in this course or section in Canvas.)"
	others := "\n" + kept + "\ncarl sent 10\ndora sent 0.1\neve refused - " + absent
	const message = "Some assignments are either not published or deleted and can not be graded '"
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range []struct {
			name     string
			change   func(fx *fixture, anna, assignment int64)
			state    string
			outcomes string // a prefix, because the rest of the message contains an id
		}{
			{"a student leaves", func(fx *fixture, anna, _ int64) { fx.Unenroll(anna, fx.course.CanvasID) }, "done", "anna refused 7.5 " + absent + others},
			{"a teacher grades", func(fx *fixture, anna, a int64) {
				fx.RunJobs()
				fx.SetGrade(anna, a, "1")
			}, "done", "anna refused 7.5 (Canvas has another grade instead: 1.)" + others},
			{"unpublished", func(fx *fixture, _, a int64) {
				fx.UpdateAssignment(a, func(a *canvastest.Assignment) { a.Unpublished = true })
			}, "failed: Canvas refused the grades: " + message, "anna refused 7.5 (Canvas refused the grade: " + message},
		} {
			t.Run(tt.name, func(t *testing.T) {
				fx := newFixture(t, s, pointsAssignment)
				args := fx.startSampleUpload(t)
				changeOnce := sync.OnceFunc(func() { tt.change(fx, fx.people["anna"].CanvasID, fx.assignment.CanvasID) })
				fx.handler.Sleep = func(ctx context.Context, d time.Duration) error {
					changeOnce() // the first sleep is for the Canvas job
					return fx.clock.Sleep(ctx, d)
				}
				fx.runJob(t, args)
				if got := fx.uploadState(t, args); !strings.HasPrefix(got, tt.state) {
					t.Errorf("the upload is %q, want %q", got, tt.state)
				}
				if got := fx.outcomes(t, args); !strings.HasPrefix(got, tt.outcomes) {
					t.Errorf("the outcomes are\n%s\nwant\n%s", got, tt.outcomes)
				}
			})
		}
	})
}

func isRetryLater(err error) bool {
	_, ok := errors.AsType[jobs.RetryLater](err)
	return ok
}
