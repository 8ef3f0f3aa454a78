package upload_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
	"github.com/momotor/resultgraph/internal/jobs/upload"
)

// A campus is a course with an assignment, in a store and in a Canvas: anna and bob are
// students of its first section, carl and dora of the second. Eve is in the store alone.
type campus struct {
	*canvastest.Server
	store      *db.Store
	clock      *canvastest.Clock
	account    *db.Account
	course     *db.Course
	sections   [2]*db.Section
	assignment *db.Assignment
	people     map[string]*db.User
	do         *upload.Handler
	canvases   *jobstest.Clients
}

var lunch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// jobsTake is how long a job of the fake Canvas runs: longer than the first poll.

const jobsTake = 4 * time.Second

func studentNames() []string { return []string{"anna", "bob", "carl", "dora", "eve"} }

func newCampus(t *testing.T, s *db.Store, a canvastest.Assignment, options ...canvastest.Option) *campus {
	t.Helper()
	c := &campus{store: s, clock: canvastest.NewClock(lunch), people: map[string]*db.User{}}
	c.Server = canvastest.New(t, append([]canvastest.Option{canvastest.WithClock(c.clock.Now), canvastest.WithJobDuration(jobsTake)}, options...)...)
	c.inCanvas(t, a)
	c.inStore(t)
	c.canvases = &jobstest.Clients{Canvas: c.client(t, http.DefaultTransport.(*http.Transport).Clone())}
	c.do = &upload.Handler{Store: s, Clients: c.canvases, Now: c.clock.Now, Sleep: c.clock.Sleep, Log: slog.New(slog.DiscardHandler)}
	return c
}

func (c *campus) inCanvas(t *testing.T, a canvastest.Assignment) {
	t.Helper()
	// Of the addresses of fakes in a store, one may be another's that has ended.
	c.account = &db.Account{CanvasGUID: rand.Text(), BaseURL: c.URL, Name: "Campus"}
	c.course = &db.Course{CanvasID: c.AddCourse(canvastest.Course{Name: "Programming"})}
	for i := range c.sections {
		c.sections[i] = &db.Section{CanvasID: c.AddSection(c.course.CanvasID, canvastest.Section{Name: "Section"})}
	}
	for i, name := range studentNames() {
		id := c.AddUser(canvastest.User{Name: name})
		c.people[name] = &db.User{CanvasID: id, Name: name, SortableName: name}
		if name != "eve" {
			c.Enroll(id, c.sections[i/2].CanvasID)
		}
	}
	if a.Points == 0 {
		a.Points = 10
	}
	c.assignment = &db.Assignment{CanvasID: c.AddAssignment(c.course.CanvasID, a), Name: "Sorting"}
}

func (c *campus) inStore(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	put := func(_ []ingest.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put(ingest.UpsertAccounts(ctx, c.store, []*db.Account{c.account}))
	c.course.AccountID = c.account.MomotorID
	put(ingest.UpsertCourses(ctx, c.store, []*db.Course{c.course}))
	for _, z := range c.sections {
		z.AccountID, z.CourseID = c.account.MomotorID, c.course.MomotorID
	}
	put(ingest.UpsertSections(ctx, c.store, c.sections[:]))
	var users []*db.User
	for _, name := range studentNames() {
		c.people[name].AccountID = c.account.MomotorID
		users = append(users, c.people[name])
	}
	put(ingest.UpsertUsers(ctx, c.store, users))
	var enrolled []*db.Enrollment
	for i, u := range users[:4] {
		enrolled = append(enrolled, &db.Enrollment{CourseID: c.course.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &c.sections[i/2].MomotorID})
	}
	put(ingest.InsertEnrollments(ctx, c.store, enrolled))
	c.assignment.CourseID = c.course.MomotorID
	if _, err := ingest.UpsertAssignment(ctx, c.store, c.assignment, nil, nil, lunch); err != nil {
		t.Fatal(err)
	}
	if err := c.store.UpsertCanvasAccess(ctx, &db.CanvasAccess{AccountID: c.account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
}

func (c *campus) client(t *testing.T, transport http.RoundTripper, options ...canvas.Option) *canvas.Client {
	t.Helper()
	base, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	return canvas.New(base, canvastest.FixedToken(c.Token()), append([]canvas.Option{
		canvas.WithTransport(transport), canvas.WithClock(c.clock.Now, c.clock.Sleep),
	}, options...)...)
}

// grade is the score of a result that is done; negative ones are of rejected work.
func (c *campus) grade(t *testing.T, name string, score float64, change ...func(*ingest.ResultItem)) {
	t.Helper()
	accepted, reviewer, fine := score >= 0, 99.0, false
	score = max(score, -score)
	item := &ingest.ResultItem{Result: db.Result{
		CourseID: c.course.MomotorID, AssignmentID: c.assignment.MomotorID, UserID: c.people[name].MomotorID, Attempt: 1,
		State: db.StateDone, SubmittedAt: lunch, Accepted: &accepted, HasError: &fine, Score: &score, ScoreReviewer: &reviewer,
	}}
	for _, f := range change {
		f(item)
	}
	if _, err := ingest.UpsertResults(t.Context(), c.store, []*ingest.ResultItem{item}, lunch); err != nil {
		t.Fatal(err)
	}
}

// order asks for an upload.
func (c *campus) order(t *testing.T, o change.UploadRequest) jobs.UploadScores {
	t.Helper()
	var w jobs.UploadScores
	err := change.InTx(t.Context(), c.store, lunch, func(ctx context.Context, tx *change.Tx) error {
		x, _, err := tx.StartUpload(ctx, db.AssignmentKey{CourseID: c.course.MomotorID, ID: c.assignment.MomotorID}, o)
		if err == nil {
			w = jobs.UploadScores{CourseID: x.CourseID, UploadID: x.MomotorID}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// upload does an upload as a worker would.
func (c *campus) upload(t *testing.T, w jobs.UploadScores) {
	t.Helper()
	err := c.do.Do(t.Context(), w)
	if errors.Is(err, jobs.ErrPermanent) {
		err = c.do.GiveUp(t.Context(), w, err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// state is an upload's state with its failure.
func (c *campus) state(t *testing.T, w jobs.UploadScores) string {
	t.Helper()
	var state string
	var failure *string
	err := c.store.SQL().QueryRowContext(t.Context(), fmt.Sprintf("SELECT state, failure FROM upload WHERE course_id = %d AND id = %d", w.CourseID, w.UploadID)).
		Scan(&state, &failure)
	if err != nil {
		t.Fatal(err)
	}
	if failure != nil {
		state += ": " + *failure
	}
	return state
}

// outcomes says what became of each student's score, a line each: "anna sent 7.5 (reason)".
func (c *campus) outcomes(t *testing.T, w jobs.UploadScores) string {
	t.Helper()
	rows, err := c.store.SQL().QueryContext(t.Context(), fmt.Sprintf(`SELECT u.name, o.state, coalesce(o.grade, '-'), coalesce(o.reason, '')
		FROM upload_outcome AS o JOIN "user" AS u ON u.id = o.user_id WHERE o.course_id = %d AND o.upload_id = %d ORDER BY u.name`, w.CourseID, w.UploadID))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var name, state, grade, reason string
		if err := rows.Scan(&name, &state, &grade, &reason); err != nil {
			t.Fatal(err)
		}
		line := name + " " + state + " " + grade
		if reason != "" {
			line += " (" + reason + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// inBooks says what Canvas has of each student: "anna 7.5, bob -, …". An x marks who is
// excused. It fails the test when there is a comment.
func (c *campus) inBooks(t *testing.T) string {
	t.Helper()
	var all []string
	for _, name := range studentNames()[:4] {
		g := c.Grade(c.people[name].CanvasID, c.assignment.CanvasID)
		text := g.Text
		switch {
		case g.Excused:
			text = "x"
		case g.Score == nil:
			text = "-"
		}
		if len(g.Comments) > 0 {
			t.Errorf("%s has the comments %q", name, g.Comments)
		}
		all = append(all, name+" "+text)
	}
	return strings.Join(all, ", ")
}

// sendings counts the requests that sent grades, and fails the test when one had more.
func (c *campus) sendings(t *testing.T) int {
	t.Helper()
	sent := c.Requests("update_grades")
	for _, r := range sent {
		for field, values := range r.Form {
			if !strings.HasSuffix(field, "[posted_grade]") || values[0] == "99" {
				t.Errorf("update_grades had %s = %s", field, values)
			}
		}
	}
	return len(sent)
}
