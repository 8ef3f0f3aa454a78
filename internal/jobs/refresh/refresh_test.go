package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// After each refresh during a term the store has the data of Canvas. A refresh without changes
// in Canvas changes nothing.
func TestRefresh(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops", Points: 10, Due: testTime.Add(-time.Hour), Lock: testTime.Add(time.Hour)})
		a := fx.addStudents("A", "anna", "bob", "carl")
		b := fx.addStudents("B", "dora", "eve")
		fx.Enroll(a[0], fx.AddSection(fx.course, canvastest.Section{Name: "C"})) // in two sections
		lab := fx.AddSection(fx.course, canvastest.Section{Name: "Lab"})
		fx.EnrollAs(fx.AddUser(canvastest.User{Name: "tom"}), lab, canvastest.Teacher)
		fx.EnrollAs(a[2], lab, canvastest.TA)
		fx.EnrollAs(fx.AddUser(canvastest.User{Name: "olga"}), lab, "ObserverEnrollment") // the store has no observers
		fx.submit(a[0], 5*time.Hour, "a.py", "1")
		fx.submit(a[0], 4*time.Hour, "a.py", "2")
		fx.submit(b[0], 30*time.Minute, "d.py", "3")
		fx.SubmitText(b[1], fx.assignment, testTime.Add(-2*time.Hour), "<p>Eve</p>")
		fx.SubmitURL(a[1], fx.assignment, testTime.Add(-2*time.Hour), "https://example.org/")

		if err := fx.refresh(t); err != nil {
			t.Fatal(err)
		}
		people := []string{
			"anna student in A", "anna student in C", "bob student in A", "carl student in A", "carl ta in Lab",
			"dora student in B", "eve student in B", "tom teacher in Lab",
		}
		term := append([]string{"2IP90 Programming", "Loops, active, published"}, people...)
		fx.expectStore(t, "after the first refresh", append(slices.Clip(term),
			"anna 1 queued [a.py=1]", "anna 2 queued latest [a.py=2]", "bob 1 queued latest [submission.url=https://example.org/]",
			"dora 1 queued latest late 1800 s [d.py=3]", "eve 1 queued latest [submission.html=<p>Eve</p>]")...)
		if got := fx.availableJobs(t); got != "process 5" {
			t.Errorf("the available jobs are %q, want 5 results to process", got)
		}

		settings := fx.queryLines(t, `SELECT CAST(points_possible AS integer) || ' ' || grading_type || ' ' || position
			|| CASE WHEN due_at < lock_at AND unlock_at IS NULL THEN ' due before the end' ELSE '' END FROM assignment WHERE course_id = $course`)
		if want := "10 points 1 due before the end"; len(settings) != 1 || settings[0] != want {
			t.Errorf("the settings of the assignment are %q, want %q", settings, want)
		}

		before, sequence, fetched := fx.describe(t), fx.maxSequenceID(t), len(fx.Requests("/download"))
		if err := fx.refresh(t); err != nil || fx.describe(t) != before || fx.maxSequenceID(t) != sequence || len(fx.Requests("/download")) != fetched || fx.availableJobs(t) != "process 5" {
			t.Errorf("a second refresh without changes = %v, or changed the store:\n%s", err, fx.describe(t))
		}

		fx.pauseAssignment(t)
		fx.submit(a[0], 0, "a.py", "4")
		fx.Unenroll(b[1], fx.course)
		fx.UpdateAssignment(fx.assignment, func(a *canvastest.Assignment) {
			a.Name, a.Due, a.Lock = "Loops again", testTime.Add(time.Minute), testTime
		})
		if err := fx.refresh(t); err != nil {
			t.Fatal(err)
		}
		term[1] = "Loops again, published"
		term = slices.DeleteFunc(term, func(line string) bool { return line == "eve student in B" })
		attempts := []string{
			"anna 1 queued [a.py=1]", "anna 2 queued [a.py=2]", "anna 3 paused latest [a.py=4]", "bob 1 queued latest [submission.url=https://example.org/]",
			"dora 1 queued latest [d.py=3]", "eve 1 queued latest [submission.html=<p>Eve</p>]",
		}
		fx.expectStore(t, "after a change", append(slices.Clip(term), attempts...)...)
		if got := fx.availableJobs(t); got != "process 5" {
			t.Errorf("the available jobs are %q, though the assignment is paused", got)
		}

		fx.DeleteAssignment(fx.assignment)
		if err := fx.refresh(t); err != nil {
			t.Fatal(err)
		}
		fx.expectStore(t, "after the assignment was deleted", append(slices.Clip(term), attempts...)...)
		fx.DeleteCourse(fx.course)
		if err := fx.refresh(t); err != nil {
			t.Fatal(err)
		}
		term[0] += ", invalid"
		fx.expectStore(t, "after the course was deleted", append(slices.Clip(term), attempts...)...)
	})
}

// A refresh of a deleted course deactivates its assignments. They can be refreshed on request
// if the course is restored.
func TestRefreshDeletedCourse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		fx.addStudents("A", "anna")
		for _, want := range [][]string{
			{"2IP90 Programming", "Loops, active, published", "anna student in A"},
			{"2IP90 Programming, invalid", "Loops, published", "anna student in A"},
		} {
			if err := fx.refresh(t); err != nil {
				t.Fatal(err)
			}
			fx.expectStore(t, "after a refresh", want...)
			fx.DeleteCourse(fx.course)
		}
	})
}

// A caller can request another refresh at once if the failed refresh sent no request to Canvas.
// Otherwise the rate limit applies.
func TestRefreshGiveUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		startRefresh := func() error {
			return change.InTx(t.Context(), s, testTime, func(ctx context.Context, c *change.Tx) error { return c.StartRefresh(ctx, fx.key) })
		}
		args := jobs.RefreshAssignment{CourseID: fx.key.CourseID, AssignmentID: fx.key.ID, Requested: 1}
		if err := startRefresh(); err != nil {
			t.Fatal(err)
		}
		forbidden := fmt.Errorf("%w: %w", &canvas.Error{Kind: canvas.ErrForbidden}, jobs.ErrPermanent)
		for _, reason := range []error{forbidden, jobstest.ErrFailed} {
			if err := fx.handler.GiveUp(t.Context(), args, reason); err != nil {
				t.Fatal(err)
			}
			if err := startRefresh(); !errors.Is(err, fault.RateLimited) {
				t.Errorf("after %v: StartRefresh = %v, want %v", reason, err, fault.RateLimited)
			}
		}
		fx.clients.Canvas = nil // not configured
		if err := fx.handler.GiveUp(t.Context(), args, fx.handler.Do(t.Context(), args)); err != nil {
			t.Fatal(err)
		}
		if err := startRefresh(); err != nil {
			t.Errorf("after a refresh without a request: StartRefresh = %v", err)
		}
	})
}

// maxSequenceID returns the highest sequence id of a result. Every change of a result increases it.
func (fx *fixture) maxSequenceID(t *testing.T) string {
	t.Helper()
	return fx.queryLines(t, "SELECT CAST(coalesce(max(sequence_id), 0) AS text) FROM result WHERE course_id = $course")[0]
}

func (fx *fixture) pauseAssignment(t *testing.T) {
	t.Helper()
	err := change.InTx(t.Context(), fx.Store, testTime, func(ctx context.Context, c *change.Tx) error {
		_, err := c.Configure(ctx, fx.key, change.Configuration{Paused: new(true)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// After a fault of Canvas in the middle of a refresh, no enrollment is deleted and every new
// result has a job. The next refresh completes the update.
func TestRefreshFaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range []struct {
			name string
			canvastest.Match
			canvastest.Fault
			want    error
			contact error // nil for a fault of the file host, for which Canvas is not responsible
		}{
			{"sections", canvastest.Match{Path: "/sections"}, canvastest.Fault{Kind: canvastest.BadGateway}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"enrollments", canvastest.Match{Path: "/enrollments", Query: "page"}, canvastest.Fault{Kind: canvastest.ServerError}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"another host", canvastest.Match{Path: "/enrollments"}, canvastest.Fault{Kind: canvastest.ForeignLink}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"submissions", canvastest.Match{Path: "/submissions"}, canvastest.Fault{Kind: canvastest.Truncated}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"reset before a file", canvastest.Match{Path: "/signed/"}, canvastest.Fault{Kind: canvastest.Reset}, canvas.ErrUnreachable, nil},
			{"reset within a file", canvastest.Match{Path: "/signed/"}, canvastest.Fault{Kind: canvastest.Reset, Executed: true}, canvas.ErrUnreachable, nil},
			{"missing scopes", canvastest.Match{Path: "/assignments/"}, canvastest.Fault{Kind: canvastest.MissingScopes}, canvas.ErrForbidden, canvas.ErrForbidden},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
				ids := fx.addStudents("A", "anna", "bob", "carl")
				if err := fx.refresh(t); err != nil {
					t.Fatal(err)
				}
				people := []string{"2IP90 Programming", "Loops, active, published", "anna student in A", "bob student in A", "carl student in A"}
				fx.submit(ids[0], time.Hour, "a.py", "1")
				fx.submit(ids[2], time.Hour, "c.py", "2")
				tt.Times = -1
				fx.Server.InjectFault(tt.Match, tt.Fault)
				if err := fx.refresh(t); !errors.Is(err, tt.want) {
					t.Fatalf("Do = %v, want %v", err, tt.want)
				}
				fx.expectStore(t, "after the failed refresh", people...)
				if contacts := fx.clients.Contacts(); !errors.Is(contacts[len(contacts)-1], tt.contact) {
					t.Errorf("the recorded contacts are %v", contacts)
				}
				fx.ClearFaults()
				if err := fx.refresh(t); err != nil {
					t.Fatal(err)
				}
				fx.expectStore(t, "after the next refresh", append(people, "anna 1 queued latest [a.py=1]", "carl 1 queued latest [c.py=2]")...)
			})
		}
	})
}

// The results of submissions that are too large or deleted are done with an error. The other
// submissions are processed.
func TestRefreshFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, canvastest.Assignment{Name: "Loops"})
		fx.handler.MaxProductSize = 2 << 20
		ids := fx.addStudents("A", "anna", "bob", "carl", "dora")
		fx.submit(ids[0], time.Hour, "../../etc/p\u202easswd", "in no other folder")
		fx.submit(ids[1], time.Hour, "big.py", strings.Repeat("x", 2<<20+1))
		fx.submit(ids[2], time.Hour, "gone.py", "")
		fx.DeleteFiles(ids[2], fx.assignment)
		same := []canvastest.File{{Name: "A.py", Content: []byte("1")}, {Name: "a.py", Content: []byte("2")}, {Name: ".. ", Content: []byte("3")}}
		fx.Submit(ids[3], fx.assignment, testTime, same...)
		if err := fx.refresh(t); err != nil {
			t.Fatal(err)
		}
		fx.expectStore(t, "after a refresh", "2IP90 Programming", "Loops, active, published",
			"anna student in A", "bob student in A", "carl student in A", "dora student in A",
			"anna 1 queued latest [passwd=in no other folder]",
			"bob 1 done latest: The submission is larger than the limit of 2 MiB.",
			"carl 1 done latest: The submission is no longer in Canvas.",
			"dora 1 queued latest [A.py=1 a-2.py=2 file=3]")
		if got := fx.availableJobs(t); got != "process 2" {
			t.Errorf("the available jobs are %q, want 2 results to process", got)
		}
	})
}
