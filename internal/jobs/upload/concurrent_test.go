package upload_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// untilNoted is a Wait that lets no time pass for those who look for grades of others before
// these have noted their job, or ended.
func (c *campus) untilNoted(t *testing.T, w jobs.UploadScores) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		for d >= 10*time.Second {
			var there bool
			err := c.store.SQL().QueryRowContext(ctx, fmt.Sprintf(
				"SELECT canvas_progress IS NOT NULL OR state <> 'running' FROM upload WHERE course_id = %d AND id = %d", w.CourseID, w.UploadID)).Scan(&there)
			if err != nil {
				t.Error(err)
				return err
			}
			if there {
				break
			}
		}
		return c.clock.Sleep(ctx, d)
	}
}

// Of several who do an upload at once, one sends; the others see that and follow.
func TestUploadsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for n := range 6 {
			c := newCampus(t, s, canvastestPoints)
			w := c.mixed(t)
			c.do.Sleep = c.untilNoted(t, w)
			release := func() {}
			if n%2 == 0 {
				release = c.BlockRequests() // all have seen that nothing was sent
			}
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					if err := c.do.Do(t.Context(), w); err != nil {
						t.Errorf("Do = %v", err)
					}
				})
			}
			for n%2 == 0 && c.ActiveRequests() < 4 && !t.Failed() {
			}
			release()
			group.Wait()
			c.wellEnded(t, w, "four at once")
			if n := c.sendings(t); n != 1 {
				t.Errorf("grades were sent %d times, want once", n)
			}
		}
	})
}

// Who comes while another's grades are on their way to Canvas waits for them.
func TestUploadBesideSlowOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newCampus(t, s, canvastestPoints)
		w := c.mixed(t)
		second := make(chan error, 1)
		slow := &pausing{through: http.DefaultTransport.(*http.Transport).Clone()}
		slow.posting = func() {
			wait := c.untilNoted(t, w)
			looking := make(chan bool, 1)
			other := *c.do
			other.Clients = &jobstest.Clients{Canvas: c.client(t, http.DefaultTransport.(*http.Transport).Clone())}
			other.Sleep = func(ctx context.Context, d time.Duration) error {
				select {
				case looking <- true:
				default:
				}
				return wait(ctx, d)
			}
			go func() { second <- other.Do(t.Context(), w) }()
			<-looking
		}
		c.canvases.Canvas = c.client(t, slow)
		if err := c.do.Do(t.Context(), w); err != nil {
			t.Error(err)
		}
		if err := <-second; err != nil {
			t.Error(err)
		}
		c.wellEnded(t, w, "with one who looks")
		if n := c.sendings(t); n != 1 {
			t.Errorf("grades were sent %d times, want once", n)
		}
	})
}

// pausing calls posting before grades are sent.
type pausing struct {
	through http.RoundTripper
	posting func()
}

func (p *pausing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		p.posting()
	}
	return p.through.RoundTrip(r)
}

// A job of which nobody knows, and which is slower than anybody looks, is met by the same
// grades once more, and each is written once all the same.
func TestUploadOfSlowJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newCampus(t, s, canvastestPoints, canvastest.WithJobDuration(10*time.Minute))
		w := c.mixed(t)
		c.InjectFault(canvastest.Match{Path: "update_grades"}, canvastest.Fault{Kind: canvastest.Reset, Executed: true})
		for goes := 0; ; goes++ {
			err := c.do.Do(t.Context(), w)
			if err == nil {
				break
			}
			if goes == 40 {
				t.Fatal(err)
			}
			c.clock.Advance(time.Minute)
		}
		c.wellEnded(t, w)
		if n := c.sendings(t); n != 2 {
			t.Errorf("grades were sent %d times, want twice", n)
		}
	})
}

// statements counts statements.
type statements struct{ n atomic.Int64 }

func (st *statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	st.n.Add(1)
	return ctx
}

func (*statements) AfterQuery(context.Context, *bun.QueryEvent) {}

// A large course goes in several requests; what it takes of the store does not depend on
// how many students there are.
func TestUploadOfLargeCourse(t *testing.T) {
	const students = 1003
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newCampus(t, s, canvastestPoints, canvastest.WithPageSize(100))
		var users []*db.User
		for i := range students {
			id := c.AddStudent(c.sections[0].CanvasID, canvastest.User{Name: "Student"})
			users = append(users, &db.User{AccountID: c.account.MomotorID, CanvasID: id, Name: fmt.Sprint(i), SortableName: "Student"})
		}
		if _, err := ingest.UpsertUsers(t.Context(), s, users); err != nil {
			t.Fatal(err)
		}
		var items []*ingest.ResultItem
		for i, u := range users {
			accepted, score := true, float64(i)/4
			items = append(items, &ingest.ResultItem{Result: db.Result{
				CourseID: c.course.MomotorID, AssignmentID: c.assignment.MomotorID, UserID: u.MomotorID, Attempt: 1,
				State: db.StateDone, SubmittedAt: lunch, Accepted: &accepted, Score: &score,
			}})
		}
		if _, err := ingest.UpsertResults(t.Context(), s, items, lunch); err != nil {
			t.Fatal(err)
		}
		w := c.order(t, change.UploadRequest{Passed: true})
		count := &statements{}
		c.do.Store = s.WithQueryHook(count)
		c.upload(t, w)
		if got := c.state(t, w); got != "done" {
			t.Errorf("the upload is %q", got)
		}
		for i, u := range users {
			if g := c.Grade(u.CanvasID, c.assignment.CanvasID); g.Score == nil || *g.Score != float64(i)/4 || g.Changes != 1 {
				t.Fatalf("student %d has %+v, want %g, written once", i, g, float64(i)/4)
			}
		}
		for i, r := range c.Requests("update_grades") {
			if want := []int{1000, 3}[i]; len(r.Form) != want {
				t.Errorf("request %d has %d grades, want %d", i+1, len(r.Form), want)
			}
		}
		var sent int
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM upload_outcome WHERE state = 'sent'").Scan(&sent); err != nil || sent != students {
			t.Errorf("%d scores are sent, %v, want %d", sent, err, students)
		}
		if n := count.n.Load(); n > 70 {
			t.Errorf("that took %d statements", n)
		}
	})
}
