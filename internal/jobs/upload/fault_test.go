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

var canvastestPoints = canvastest.Assignment{}

// A spoiler lets the fake Canvas misbehave at one request.
type spoiler struct {
	through http.RoundTripper
	fake    *canvastest.Server
	fault   canvastest.Fault
	at, now int
	posted  bool // whether it was the one that sends grades
}

func (sp *spoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	if sp.now++; sp.now == sp.at {
		sp.fake.InjectFault(canvastest.Match{}, sp.fault)
		sp.posted = r.Method == http.MethodPost
	}
	return sp.through.RoundTrip(r)
}

// Whatever Canvas does at any request, the upload ends well at the next goes at it, and
// grades are sent again only when they did not arrive.
func TestUploadFaults(t *testing.T) {
	faults := map[string]canvastest.Fault{
		"error before": {Kind: canvastest.ServerError}, "error after": {Kind: canvastest.ServerError, Executed: true},
		"reset before": {Kind: canvastest.Reset}, "reset after": {Kind: canvastest.Reset, Executed: true},
		"cut off": {Kind: canvastest.Truncated}, "proxy": {Kind: canvastest.BadGateway, Executed: true},
		"stall before": {Kind: canvastest.Stall}, "stall after": {Kind: canvastest.Stall, Executed: true},
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
					c := newCampus(t, s, canvastestPoints)
					w := c.mixed(t)
					sp := &spoiler{through: http.DefaultTransport.(*http.Transport).Clone(), fake: c.Server, fault: fault, at: at}
					c.canvases.Canvas = c.client(t, sp, canvas.WithTimeout(limit))
					goes := c.persist(t, w)
					c.wellEnded(t, w, name, "at request", at)
					lost := 0
					if sp.posted && !fault.Executed && fault.Kind != canvastest.Truncated {
						lost = 1
					}
					if n := c.sendings(t); n != 1+lost {
						t.Errorf("%s at request %d: grades were sent %d times, want %d", name, at, n, 1+lost)
					}
					if goes > 1 != sp.posted {
						t.Errorf("%s at request %d: %d goes", name, at, goes)
					}
					more = sp.now >= at
					c.Close()
				}
			})
		}
	})
}

// persist does an upload until it does not fail, as a runner would, and counts.
func (c *campus) persist(t *testing.T, w jobs.UploadScores) (goes int) {
	t.Helper()
	for goes = 1; ; goes++ {
		err := c.do.Do(t.Context(), w)
		if err == nil {
			return goes
		}
		if errors.Is(err, jobs.ErrPermanent) || goes == 5 {
			t.Fatalf("Do = %v at go %d", err, goes)
		}
	}
}

// Grades that got lost are not sent when there is newer work meanwhile: the upload says so.
func TestUploadOvertaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newCampus(t, s, canvastestPoints)
		c.grade(t, "anna", 7.5)
		c.grade(t, "bob", 3)
		w := c.order(t, change.UploadRequest{Passed: true, Failed: true, ReplaceExisting: true})
		c.InjectFault(canvastest.Match{Path: "update_grades", Times: -1}, canvastest.Fault{Kind: canvastest.Reset})
		if err := c.do.Do(t.Context(), w); !errors.Is(err, canvas.ErrOutcomeUnknown) {
			t.Fatalf("Do = %v, want %v", err, canvas.ErrOutcomeUnknown)
		}
		c.ClearFaults()
		c.grade(t, "anna", 9, func(item *ingest.ResultItem) { item.Result.Attempt, item.Result.State = 2, db.StatePaused })
		c.upload(t, w)
		const want = "anna refused 7.5 (A newer result must be processed first. Its score can be sent then.)\nbob sent 3"
		if got := c.outcomes(t, w); got != want || c.state(t, w) != "done" {
			t.Errorf("the upload is %s with\n%s\nwant\n%s", c.state(t, w), got, want)
		}
	})
}

// While Canvas is away, an upload waits and nothing is sent twice; given up, it says what is
// known.
func TestUploadAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newCampus(t, s, canvastestPoints)
		w := c.mixed(t)
		c.InjectFault(canvastest.Match{Path: "/progress/", Times: -1}, canvastest.Fault{Kind: canvastest.ServerError})
		for range 2 {
			if err := c.do.Do(t.Context(), w); !errors.Is(err, canvas.ErrUnreachable) || errors.Is(err, jobs.ErrPermanent) {
				t.Errorf("Do = %v, want %v", err, canvas.ErrUnreachable)
			}
		}
		if heard := c.canvases.Contacts(); len(heard) != 2 || !errors.Is(heard[1], canvas.ErrUnreachable) {
			t.Errorf("of Canvas was heard %v", heard)
		}
		if got := c.state(t, w); got != "running" {
			t.Errorf("the upload is %q", got)
		}
		c.ClearFaults()
		c.upload(t, w)
		c.wellEnded(t, w)

		// A Canvas that wants a rest gets it.
		c = newCampus(t, s, canvastestPoints)
		w = c.mixed(t)
		patient := c.canvases.Canvas
		c.canvases.Canvas = c.client(t, http.DefaultTransport, canvas.WithClock(c.clock.Now, func(context.Context, time.Duration) error { return nil }))
		c.SetRequestCost(10_000)
		if err := c.do.Do(t.Context(), w); !isLater(err) {
			t.Errorf("Do = %v, want it later", err)
		}
		if heard := c.canvases.Contacts(); len(heard) != 1 || !errors.Is(heard[0], canvas.ErrThrottled) {
			t.Errorf("of Canvas was heard %v", heard)
		}
		c.SetRequestCost(1)
		c.canvases.Canvas = patient
		c.upload(t, w)
		c.wellEnded(t, w)

		// Where nobody gets through any more, the upload says so.
		c = newCampus(t, s, canvastestPoints)
		w = c.mixed(t)
		c.InjectFault(canvastest.Match{Path: "update_grades"}, canvastest.Fault{Kind: canvastest.Reset, Executed: true})
		reason := c.do.Do(t.Context(), w)
		if heard := c.canvases.Contacts(); len(heard) != 1 || !errors.Is(heard[0], canvas.ErrOutcomeUnknown) {
			t.Errorf("of Canvas was heard %v, want that it did not answer", heard)
		}
		for range 2 {
			if err := c.do.GiveUp(t.Context(), w, reason); err != nil {
				t.Fatal(err)
			}
		}
		const failure = "Canvas did not answer when grades were sent."
		if got := c.state(t, w); got != "failed: "+failure {
			t.Errorf("the upload is %q", got)
		}
		const unknown = "(It is unknown whether Canvas has this grade. " + failure + ")"
		want := "anna refused 7.5 " + unknown + "\nbob kept - (Canvas already has the grade 3, which must not be replaced.)\n" +
			"carl refused 10 " + unknown + "\ndora refused 0.1 " + unknown + "\neve refused - (The student is not in this course or section in Canvas.)"
		if got := c.outcomes(t, w); got != want {
			t.Errorf("what became of the scores:\n%s\nwant:\n%s", got, want)
		}

		c = newCampus(t, s, canvastestPoints)
		w = c.mixed(t)
		c.canvases.Canvas = nil
		c.upload(t, w)
		if got := c.state(t, w); got != "failed: The Canvas of the account is not configured." {
			t.Errorf("the upload is %q", got)
		}
	})
}

// What happens in Canvas while grades are on their way is in the outcomes.
func TestUploadMeanwhile(t *testing.T) {
	const kept = "bob kept - (Canvas already has the grade 3, which must not be replaced.)"
	const absent = "(The student is not in this course or section in Canvas.)"
	rest := "\n" + kept + "\ncarl sent 10\ndora sent 0.1\neve refused - " + absent
	const message = "Some assignments are either not published or deleted and can not be graded '"
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range []struct {
			name     string
			then     func(c *campus, anna, assignment int64)
			state    string
			outcomes string // up to an id
		}{
			{"a student leaves", func(c *campus, anna, _ int64) { c.Unenroll(anna, c.course.CanvasID) }, "done", "anna refused 7.5 " + absent + rest},
			{"somebody else grades", func(c *campus, anna, a int64) {
				c.RunJobs()
				c.SetGrade(anna, a, "1")
			}, "done", "anna refused 7.5 (Canvas has another grade instead: 1.)" + rest},
			{"unpublished", func(c *campus, _, a int64) {
				c.UpdateAssignment(a, func(a *canvastest.Assignment) { a.Unpublished = true })
			}, "failed: Canvas refused the grades: " + message, "anna refused 7.5 (Canvas refused the grade: " + message},
		} {
			t.Run(tt.name, func(t *testing.T) {
				c := newCampus(t, s, canvastestPoints)
				w := c.mixed(t)
				once := sync.OnceFunc(func() { tt.then(c, c.people["anna"].CanvasID, c.assignment.CanvasID) })
				c.do.Sleep = func(ctx context.Context, d time.Duration) error {
					once() // the first wait is for the job
					return c.clock.Sleep(ctx, d)
				}
				c.upload(t, w)
				if got := c.state(t, w); !strings.HasPrefix(got, tt.state) {
					t.Errorf("the upload is %q, want %q", got, tt.state)
				}
				if got := c.outcomes(t, w); !strings.HasPrefix(got, tt.outcomes) {
					t.Errorf("what became of the scores:\n%s\nwant:\n%s", got, tt.outcomes)
				}
			})
		}
	})
}

func isLater(err error) bool {
	_, ok := errors.AsType[jobs.RetryLater](err)
	return ok
}
