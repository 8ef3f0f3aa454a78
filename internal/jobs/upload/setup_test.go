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

// A fixture is a course with an assignment in a store and in a fake Canvas, and a handler. The
// students anna and bob are in the first section, carl and dora in the second. Eve is only in
// the store.
type fixture struct {
	*canvastest.Server
	store      *db.Store
	clock      *canvastest.Clock
	account    *db.Account
	course     *db.Course
	sections   [2]*db.Section
	assignment *db.Assignment
	people     map[string]*db.User
	handler    *upload.Handler
	clients    *jobstest.Clients
}

var testTime = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// canvasJobTime is how long a job of the fake Canvas runs: longer than the first poll.
const canvasJobTime = 4 * time.Second

func studentNames() []string { return []string{"anna", "bob", "carl", "dora", "eve"} }

func newFixture(t *testing.T, s *db.Store, a canvastest.Assignment, options ...canvastest.Option) *fixture {
	t.Helper()
	fx := &fixture{store: s, clock: canvastest.NewClock(testTime), people: map[string]*db.User{}}
	fx.Server = canvastest.New(t, append([]canvastest.Option{canvastest.WithClock(fx.clock.Now), canvastest.WithJobDuration(canvasJobTime)}, options...)...)
	fx.fillCanvas(t, a)
	fx.fillStore(t)
	fx.clients = &jobstest.Clients{Canvas: fx.client(t, http.DefaultTransport.(*http.Transport).Clone())}
	fx.handler = &upload.Handler{Store: s, Clients: fx.clients, Now: fx.clock.Now, Sleep: fx.clock.Sleep, Log: slog.New(slog.DiscardHandler)}
	return fx
}

func (fx *fixture) fillCanvas(t *testing.T, a canvastest.Assignment) {
	t.Helper()
	// The GUID is random, because a closed fake of another test in this store may have had the same URL.
	fx.account = &db.Account{CanvasGUID: rand.Text(), BaseURL: fx.URL, Name: "University"}
	fx.course = &db.Course{CanvasID: fx.AddCourse(canvastest.Course{Name: "Programming"})}
	for i := range fx.sections {
		fx.sections[i] = &db.Section{CanvasID: fx.AddSection(fx.course.CanvasID, canvastest.Section{Name: "Section"})}
	}
	for i, name := range studentNames() {
		id := fx.AddUser(canvastest.User{Name: name})
		fx.people[name] = &db.User{CanvasID: id, Name: name, SortableName: name}
		if name != "eve" {
			fx.Enroll(id, fx.sections[i/2].CanvasID)
		}
	}
	if a.Points == 0 {
		a.Points = 10
	}
	fx.assignment = &db.Assignment{CanvasID: fx.AddAssignment(fx.course.CanvasID, a), Name: "Sorting"}
}

func (fx *fixture) fillStore(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must := jobstest.Must(t)
	must(ingest.UpsertAccounts(ctx, fx.store, []*db.Account{fx.account}))
	fx.course.AccountID = fx.account.MomotorID
	must(ingest.UpsertCourses(ctx, fx.store, []*db.Course{fx.course}))
	for _, section := range fx.sections {
		section.AccountID, section.CourseID = fx.account.MomotorID, fx.course.MomotorID
	}
	must(ingest.UpsertSections(ctx, fx.store, fx.sections[:]))
	var users []*db.User
	for _, name := range studentNames() {
		fx.people[name].AccountID = fx.account.MomotorID
		users = append(users, fx.people[name])
	}
	must(ingest.UpsertUsers(ctx, fx.store, users))
	var enrollments []*db.Enrollment
	for i, u := range users[:4] {
		enrollments = append(enrollments, &db.Enrollment{CourseID: fx.course.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &fx.sections[i/2].MomotorID})
	}
	must(ingest.InsertEnrollments(ctx, fx.store, enrollments))
	fx.assignment.CourseID = fx.course.MomotorID
	if _, err := ingest.UpsertAssignment(ctx, fx.store, fx.assignment, nil, nil, testTime); err != nil {
		t.Fatal(err)
	}
	if err := fx.store.UpsertCanvasAccess(ctx, &db.CanvasAccess{AccountID: fx.account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
}

func (fx *fixture) client(t *testing.T, transport http.RoundTripper, options ...canvas.Option) *canvas.Client {
	t.Helper()
	base, err := url.Parse(fx.URL)
	if err != nil {
		t.Fatal(err)
	}
	return canvas.New(base, canvastest.FixedToken(fx.Token()), append([]canvas.Option{
		canvas.WithTransport(transport), canvas.WithClock(fx.clock.Now, fx.clock.Sleep),
	}, options...)...)
}

// addResult adds a done result with a score. A negative score gives a rejected result with the
// absolute score.
func (fx *fixture) addResult(t *testing.T, name string, score float64, change ...func(*ingest.ResultItem)) {
	t.Helper()
	accepted, scoreReviewer, hasError := score >= 0, 99.0, false
	score = max(score, -score)
	item := &ingest.ResultItem{Result: db.Result{
		CourseID: fx.course.MomotorID, AssignmentID: fx.assignment.MomotorID, UserID: fx.people[name].MomotorID, Attempt: 1,
		State: db.StateDone, SubmittedAt: testTime, Accepted: &accepted, HasError: &hasError, Score: &score, ScoreReviewer: &scoreReviewer,
	}}
	for _, f := range change {
		f(item)
	}
	if _, err := ingest.UpsertResults(t.Context(), fx.store, []*ingest.ResultItem{item}, testTime); err != nil {
		t.Fatal(err)
	}
}

// startUpload creates an upload and returns its job.
func (fx *fixture) startUpload(t *testing.T, request change.UploadRequest) jobs.UploadScores {
	t.Helper()
	var args jobs.UploadScores
	err := change.InTx(t.Context(), fx.store, testTime, func(ctx context.Context, tx *change.Tx) error {
		upload, _, err := tx.StartUpload(ctx, db.AssignmentKey{CourseID: fx.course.MomotorID, ID: fx.assignment.MomotorID}, request)
		if err == nil {
			args = jobs.UploadScores{CourseID: upload.CourseID, UploadID: upload.MomotorID}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// runJob runs the job of an upload as a worker does.
func (fx *fixture) runJob(t *testing.T, args jobs.UploadScores) {
	t.Helper()
	err := fx.handler.Do(t.Context(), args)
	if errors.Is(err, jobs.ErrPermanent) {
		err = fx.handler.GiveUp(t.Context(), args, err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// uploadState returns the state of an upload with its failure.
func (fx *fixture) uploadState(t *testing.T, args jobs.UploadScores) string {
	t.Helper()
	var state string
	var failure *string
	err := fx.store.SQL().QueryRowContext(t.Context(), fmt.Sprintf("SELECT state, failure FROM upload WHERE course_id = %d AND id = %d", args.CourseID, args.UploadID)).
		Scan(&state, &failure)
	if err != nil {
		t.Fatal(err)
	}
	if failure != nil {
		state += ": " + *failure
	}
	return state
}

// outcomes returns the outcome of each score, one per line: "anna sent 7.5 (reason)".
func (fx *fixture) outcomes(t *testing.T, args jobs.UploadScores) string {
	t.Helper()
	rows, err := fx.store.SQL().QueryContext(t.Context(), fmt.Sprintf(`SELECT usr.name, otc.state, coalesce(otc.grade, '-'), coalesce(otc.reason, '')
		FROM upload_outcome AS otc JOIN "user" AS usr ON usr.id = otc.user_id WHERE otc.course_id = %d AND otc.upload_id = %d ORDER BY usr.name`, args.CourseID, args.UploadID))
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

// canvasGrades returns the grades in Canvas: "anna 7.5, bob -, …", with x for an excused
// student. It fails the test if a student has a comment.
func (fx *fixture) canvasGrades(t *testing.T) string {
	t.Helper()
	var grades []string
	for _, name := range studentNames()[:4] {
		g := fx.Grade(fx.people[name].CanvasID, fx.assignment.CanvasID)
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
		grades = append(grades, name+" "+text)
	}
	return strings.Join(grades, ", ")
}

// countPosts returns the number of requests that sent grades. It fails the test if a request
// had other fields or a reviewer's score.
func (fx *fixture) countPosts(t *testing.T) int {
	t.Helper()
	posts := fx.Requests("update_grades")
	for _, r := range posts {
		for field, values := range r.Form {
			if !strings.HasSuffix(field, "[posted_grade]") || values[0] == "99" {
				t.Errorf("update_grades had %s = %s", field, values)
			}
		}
	}
	return len(posts)
}
