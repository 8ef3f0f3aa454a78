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

// A term of an assignment: the store has what Canvas has whenever it was refreshed, and
// nothing is done twice.
func TestRefresh(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops", Points: 10, Due: lunch.Add(-time.Hour), Lock: lunch.Add(time.Hour)})
		a := v.students("A", "anna", "bob", "carl")
		b := v.students("B", "dora", "eve")
		v.Enroll(a[0], v.AddSection(v.course, canvastest.Section{Name: "C"})) // in two at once
		lab := v.AddSection(v.course, canvastest.Section{Name: "Lab"})
		v.EnrollAs(v.AddUser(canvastest.User{Name: "tom"}), lab, canvastest.Teacher)
		v.EnrollAs(a[2], lab, canvastest.TA)
		v.EnrollAs(v.AddUser(canvastest.User{Name: "olga"}), lab, "ObserverEnrollment") // of whom the store knows nothing
		v.hands(a[0], 5*time.Hour, "a.py", "1")
		v.hands(a[0], 4*time.Hour, "a.py", "2")
		v.hands(b[0], 30*time.Minute, "d.py", "3")
		v.SubmitText(b[1], v.assignment, lunch.Add(-2*time.Hour), "<p>Eve</p>")
		v.SubmitURL(a[1], v.assignment, lunch.Add(-2*time.Hour), "https://example.org/")

		if err := v.refresh(t); err != nil {
			t.Fatal(err)
		}
		people := []string{
			"anna student in A", "anna student in C", "bob student in A", "carl student in A", "carl ta in Lab",
			"dora student in B", "eve student in B", "tom teacher in Lab",
		}
		term := append([]string{"2IP90 Programming", "Loops, active, published"}, people...)
		v.expect(t, "at first", append(slices.Clip(term),
			"anna 1 queued [a.py=1]", "anna 2 queued latest [a.py=2]", "bob 1 queued latest [submission.url=https://example.org/]",
			"dora 1 queued latest late [d.py=3]", "eve 1 queued latest [submission.html=<p>Eve</p>]")...)
		if got := v.work(t); got != "process 5" {
			t.Errorf("the work is %q, want 5 results to process", got)
		}

		before, sequence, fetched := v.view(t), v.sequence(t), len(v.Requests("/download"))
		if err := v.refresh(t); err != nil || v.view(t) != before || v.sequence(t) != sequence || len(v.Requests("/download")) != fetched || v.work(t) != "process 5" {
			t.Errorf("once more is not the same: %v\n%s", err, v.view(t))
		}

		v.pause(t)
		v.hands(a[0], 0, "a.py", "4")
		v.Unenroll(b[1], v.course)
		v.UpdateAssignment(v.assignment, func(a *canvastest.Assignment) { a.Name, a.Due, a.Lock = "Loops again", lunch.Add(time.Minute), lunch })
		if err := v.refresh(t); err != nil {
			t.Fatal(err)
		}
		term[1] = "Loops again, published"
		term = slices.DeleteFunc(term, func(line string) bool { return line == "eve student in B" })
		attempts := []string{
			"anna 1 queued [a.py=1]", "anna 2 queued [a.py=2]", "anna 3 paused latest [a.py=4]", "bob 1 queued latest [submission.url=https://example.org/]",
			"dora 1 queued latest [d.py=3]", "eve 1 queued latest [submission.html=<p>Eve</p>]",
		}
		v.expect(t, "after a change", append(slices.Clip(term), attempts...)...)
		if got := v.work(t); got != "process 5" {
			t.Errorf("the work is %q, though the assignment is paused", got)
		}

		v.DeleteAssignment(v.assignment)
		if err := v.refresh(t); err != nil {
			t.Fatal(err)
		}
		v.expect(t, "without the assignment", append(slices.Clip(term), attempts...)...)
		v.DeleteCourse(v.course)
		if err := v.refresh(t); err != nil {
			t.Fatal(err)
		}
		term[0] += ", gone"
		v.expect(t, "without the course", append(slices.Clip(term), attempts...)...)
	})
}

// A course that is gone takes nothing more: its assignments are not active any longer, so
// that they can be refreshed on demand when it is back.
func TestRefreshGoneCourse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		v.students("A", "anna")
		for _, want := range [][]string{
			{"2IP90 Programming", "Loops, active, published", "anna student in A"},
			{"2IP90 Programming, gone", "Loops, published", "anna student in A"},
		} {
			if err := v.refresh(t); err != nil {
				t.Fatal(err)
			}
			v.expect(t, "after a refresh", want...)
			v.DeleteCourse(v.course)
		}
	})
}

// A refresh that could not even begin can be asked for again at once; one that Canvas was
// asked for can not.
func TestRefreshGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		start := func() error {
			return change.InTx(t.Context(), s, lunch, func(ctx context.Context, c *change.Tx) error { return c.StartRefresh(ctx, v.key) })
		}
		w := jobs.RefreshAssignment{CourseID: v.key.CourseID, AssignmentID: v.key.ID, Requested: 1}
		if err := start(); err != nil {
			t.Fatal(err)
		}
		forbidden := fmt.Errorf("%w: %w", &canvas.Error{Kind: canvas.ErrForbidden}, jobs.ErrPermanent)
		for _, reason := range []error{forbidden, jobstest.ErrFailed} {
			if err := v.do.GiveUp(t.Context(), w, reason); err != nil {
				t.Fatal(err)
			}
			if err := start(); !errors.Is(err, fault.RateLimited) {
				t.Errorf("after %v: StartRefresh = %v, want %v", reason, err, fault.RateLimited)
			}
		}
		v.canvases.Canvas = nil // it is not set up
		if err := v.do.GiveUp(t.Context(), w, v.do.Do(t.Context(), w)); err != nil {
			t.Fatal(err)
		}
		if err := start(); err != nil {
			t.Errorf("after no refresh: StartRefresh = %v", err)
		}
	})
}

// sequence is the highest sequence id: it grows with every change of a result.
func (v *village) sequence(t *testing.T) string {
	t.Helper()
	return v.rows(t, "SELECT CAST(coalesce(max(sequence_id), 0) AS text) FROM result WHERE course_id = $course")[0]
}

func (v *village) pause(t *testing.T) {
	t.Helper()
	err := change.InTx(t.Context(), v.Store, lunch, func(ctx context.Context, c *change.Tx) error {
		_, err := c.Configure(ctx, v.key, change.Configuration{Paused: new(true)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever Canvas does in the middle of a refresh, the next one ends as if it had not
// happened; meanwhile nobody loses their enrollment, and no result is without its work.
func TestRefreshFaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range []struct {
			name string
			canvastest.Match
			canvastest.Fault
			want  error
			heard error // of Canvas, which does not answer for the host of a file
		}{
			{"sections", canvastest.Match{Path: "/sections"}, canvastest.Fault{Kind: canvastest.BadGateway}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"enrollments", canvastest.Match{Path: "/enrollments", Query: "page"}, canvastest.Fault{Kind: canvastest.ServerError}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"another host", canvastest.Match{Path: "/enrollments"}, canvastest.Fault{Kind: canvastest.ForeignLink}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"submissions", canvastest.Match{Path: "/submissions"}, canvastest.Fault{Kind: canvastest.Truncated}, canvas.ErrUnreachable, canvas.ErrUnreachable},
			{"a file", canvastest.Match{Path: "/signed/"}, canvastest.Fault{Kind: canvastest.Reset}, canvas.ErrUnreachable, nil},
			{"half a file", canvastest.Match{Path: "/signed/"}, canvastest.Fault{Kind: canvastest.Reset, Executed: true}, canvas.ErrUnreachable, nil},
			{"rights", canvastest.Match{Path: "/assignments/"}, canvastest.Fault{Kind: canvastest.MissingScopes}, canvas.ErrForbidden, canvas.ErrForbidden},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
				ids := v.students("A", "anna", "bob", "carl")
				if err := v.refresh(t); err != nil {
					t.Fatal(err)
				}
				people := []string{"2IP90 Programming", "Loops, active, published", "anna student in A", "bob student in A", "carl student in A"}
				v.hands(ids[0], time.Hour, "a.py", "1")
				v.hands(ids[2], time.Hour, "c.py", "2")
				tt.Times = -1
				v.Server.InjectFault(tt.Match, tt.Fault)
				if err := v.refresh(t); !errors.Is(err, tt.want) {
					t.Fatalf("Do = %v, want %v", err, tt.want)
				}
				v.expect(t, "after half a refresh", people...)
				if heard := v.canvases.Contacts(); !errors.Is(heard[len(heard)-1], tt.heard) {
					t.Errorf("of Canvas was heard %v", heard)
				}
				v.ClearFaults()
				if err := v.refresh(t); err != nil {
					t.Fatal(err)
				}
				v.expect(t, "after all", append(people, "anna 1 queued latest [a.py=1]", "carl 1 queued latest [c.py=2]")...)
			})
		}
	})
}

// What can not be had is not processed, and does not keep others from it.
func TestRefreshFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		v := newVillage(t, s, canvastest.Assignment{Name: "Loops"})
		v.do.MaxProductSize = 2 << 20
		ids := v.students("A", "anna", "bob", "carl", "dora")
		v.hands(ids[0], time.Hour, "../../etc/p\u202easswd", "in no other folder")
		v.hands(ids[1], time.Hour, "big.py", strings.Repeat("x", 2<<20+1))
		v.hands(ids[2], time.Hour, "gone.py", "")
		v.DeleteFiles(ids[2], v.assignment)
		same := []canvastest.File{{Name: "A.py", Content: []byte("1")}, {Name: "a.py", Content: []byte("2")}, {Name: ".. ", Content: []byte("3")}}
		v.Submit(ids[3], v.assignment, lunch, same...)
		if err := v.refresh(t); err != nil {
			t.Fatal(err)
		}
		v.expect(t, "after a refresh", "2IP90 Programming", "Loops, active, published",
			"anna student in A", "bob student in A", "carl student in A", "dora student in A",
			"anna 1 queued latest [passwd=in no other folder]",
			"bob 1 done latest: The submission is larger than the limit of 2 MiB.",
			"carl 1 done latest: The submission is no longer in Canvas.",
			"dora 1 queued latest [A.py=1 a-2.py=2 file=3]")
		if got := v.work(t); got != "process 2" {
			t.Errorf("the work is %q, want 2 results to process", got)
		}
	})
}
