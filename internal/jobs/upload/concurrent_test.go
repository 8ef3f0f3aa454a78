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

// sleepUntilRecorded returns a replacement of Handler.Sleep. The replacement recognizes, by a sleep
// of at least 10 seconds, a handler that waits for grades which another handler sent. It then waits
// until the other handler has recorded its Canvas job, or has ended the upload.
func (fx *fixture) sleepUntilRecorded(t *testing.T, args jobs.UploadScores) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		for d >= 10*time.Second {
			var recorded bool
			err := fx.store.SQL().QueryRowContext(ctx, fmt.Sprintf(
				"SELECT canvas_progress IS NOT NULL OR state <> 'running' FROM upload WHERE course_id = %d AND id = %d", args.CourseID, args.UploadID)).Scan(&recorded)
			if err != nil {
				t.Error(err)
				return err
			}
			if recorded {
				break
			}
		}
		return fx.clock.Sleep(ctx, d)
	}
}

// If several handlers run one upload at the same time, only one handler sends the grades. The
// other handlers wait for its Canvas job.
func TestConcurrentUpload(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for round := range 6 {
			block := round%2 == 0
			fx := newFixture(t, s, pointsAssignment)
			args := fx.startSampleUpload(t)
			fx.handler.Sleep = fx.sleepUntilRecorded(t, args)
			release := func() {}
			if block {
				release = fx.BlockRequests() // until all handlers have read that no grades were sent
			}
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					if err := fx.handler.Do(t.Context(), args); err != nil {
						t.Errorf("Do = %v", err)
					}
				})
			}
			for block && fx.ActiveRequests() < 4 && !t.Failed() {
			}
			release()
			group.Wait()
			fx.checkSampleUpload(t, args, "four handlers")
			if n := fx.countPosts(t); n != 1 {
				t.Errorf("grades were sent %d times, want once", n)
			}
		}
	})
}

// A handler that starts while another handler sends grades waits for the Canvas job of these
// grades.
func TestUploadDuringPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, pointsAssignment)
		args := fx.startSampleUpload(t)
		second := make(chan error, 1)
		hook := &postHook{base: http.DefaultTransport.(*http.Transport).Clone()}
		hook.beforePost = func() {
			sleep := fx.sleepUntilRecorded(t, args)
			// searching receives a value when the other handler first sleeps: it has started and
			// looks for the Canvas job of the grades that fx.handler sends.
			searching := make(chan bool, 1)
			other := *fx.handler
			other.Clients = &jobstest.Clients{Canvas: fx.client(t, http.DefaultTransport.(*http.Transport).Clone())}
			other.Sleep = func(ctx context.Context, d time.Duration) error {
				select {
				case searching <- true:
				default:
				}
				return sleep(ctx, d)
			}
			go func() { second <- other.Do(t.Context(), args) }()
			<-searching
		}
		fx.clients.Canvas = fx.client(t, hook)
		if err := fx.handler.Do(t.Context(), args); err != nil {
			t.Error(err)
		}
		if err := <-second; err != nil {
			t.Error(err)
		}
		fx.checkSampleUpload(t, args, "with a second handler")
		if n := fx.countPosts(t); n != 1 {
			t.Errorf("grades were sent %d times, want once", n)
		}
	})
}

// A postHook is a transport that calls a function before grades are sent.
type postHook struct {
	base       http.RoundTripper
	beforePost func()
}

func (h *postHook) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		h.beforePost()
	}
	return h.base.RoundTrip(r)
}

// A handler sends the grades again if the response with the id of the Canvas job was lost and the
// handler stops searching for the grades before the Canvas job ends. Canvas still changes each
// grade only once.
func TestUploadResendsAfterLostResponse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, pointsAssignment, canvastest.WithJobDuration(10*time.Minute))
		args := fx.startSampleUpload(t)
		fx.InjectFault(canvastest.Match{Path: "update_grades"}, canvastest.Fault{Kind: canvastest.Reset, Executed: true})
		for attempt := 0; ; attempt++ {
			err := fx.handler.Do(t.Context(), args)
			if err == nil {
				break
			}
			if attempt == 40 {
				t.Fatal(err)
			}
			fx.clock.Advance(time.Minute)
		}
		fx.checkSampleUpload(t, args)
		if n := fx.countPosts(t); n != 2 {
			t.Errorf("grades were sent %d times, want twice", n)
		}
	})
}

// A statementCounter counts statements.
type statementCounter struct{ n atomic.Int64 }

func (c *statementCounter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	c.n.Add(1)
	return ctx
}

func (*statementCounter) AfterQuery(context.Context, *bun.QueryEvent) {}

// The grades of a large course are sent in several requests. The number of statements does not
// depend on the number of students.
func TestUploadLargeCourse(t *testing.T) {
	const students = 1003
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s, pointsAssignment, canvastest.WithPageSize(100))
		var users []*db.User
		for i := range students {
			id := fx.AddStudent(fx.sections[0].CanvasID, canvastest.User{Name: "Student"})
			users = append(users, &db.User{AccountID: fx.account.MomotorID, CanvasID: id, Name: fmt.Sprint(i), SortableName: "Student"})
		}
		if _, err := ingest.UpsertUsers(t.Context(), s, users); err != nil {
			t.Fatal(err)
		}
		var items []*ingest.ResultItem
		for i, u := range users {
			accepted, score := true, float64(i)/4
			items = append(items, &ingest.ResultItem{Result: db.Result{
				CourseID: fx.course.MomotorID, AssignmentID: fx.assignment.MomotorID, UserID: u.MomotorID, Attempt: 1,
				State: db.StateDone, SubmittedAt: testTime, Accepted: &accepted, Score: &score,
			}})
		}
		if _, err := ingest.UpsertResults(t.Context(), s, items, testTime); err != nil {
			t.Fatal(err)
		}
		args := fx.startUpload(t, change.UploadRequest{Passed: true})
		counter := &statementCounter{}
		fx.handler.Store = s.WithQueryHook(counter)
		fx.runJob(t, args)
		if got := fx.uploadState(t, args); got != "done" {
			t.Errorf("the upload is %q", got)
		}
		for i, u := range users {
			if g := fx.Grade(u.CanvasID, fx.assignment.CanvasID); g.Score == nil || *g.Score != float64(i)/4 || g.Changes != 1 {
				t.Fatalf("student %d has %+v, want %g, written once", i, g, float64(i)/4)
			}
		}
		for i, r := range fx.Requests("update_grades") {
			if want := []int{1000, 3}[i]; len(r.Form) != want {
				t.Errorf("request %d has %d grades, want %d", i+1, len(r.Form), want)
			}
		}
		var sent int
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM upload_outcome WHERE state = 'sent'").Scan(&sent); err != nil || sent != students {
			t.Errorf("%d scores are sent, %v, want %d", sent, err, students)
		}
		if n := counter.n.Load(); n > 70 {
			t.Errorf("the upload took %d statements, want at most 70", n)
		}
	})
}
