package refresh_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
)

// A fixture is a store with the Canvas id of an assignment, a fake Canvas with the assignment,
// and a handler.
type fixture struct {
	*canvastest.Server
	*jobstest.Queue
	clock              *canvastest.Clock
	blobs              *blob.Folder
	key                db.AssignmentKey
	course, assignment int64 // in Canvas
	handler            *refresh.Handler
	clients            *jobstest.Clients
}

var testTime = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// newFixture returns a fixture. Its ids in Canvas are so large that a float64 cannot represent
// them.
func newFixture(t *testing.T, s *db.Store, a canvastest.Assignment) *fixture {
	t.Helper()
	fx := &fixture{Queue: jobstest.Open(t, s), clock: canvastest.NewClock(testTime)}
	fx.Server = canvastest.New(t, canvastest.WithClock(fx.clock.Now), canvastest.WithPageSize(2), canvastest.WithFirstID(1<<53+1))
	fx.course = fx.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
	fx.assignment = fx.AddAssignment(fx.course, a)
	var err error
	if fx.blobs, err = blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	// The GUID is random, because a closed fake of another test in this store may have had the same
	// URL.
	account := &db.Account{CanvasGUID: rand.Text(), BaseURL: fx.URL, Name: "University"}
	jobstest.Must(t)(ingest.UpsertAccounts(t.Context(), s, []*db.Account{account}))
	course := &db.Course{AccountID: account.MomotorID, CanvasID: fx.course, Name: "?", Code: "?", Active: true, Valid: true}
	jobstest.Must(t)(ingest.UpsertCourses(t.Context(), s, []*db.Course{course}))
	if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	recipe := &db.Bundle{Name: "recipe.xml", Format: db.FormatXML, SHA256: new(strings.Repeat("0", 64))}
	row := &db.Assignment{CourseID: course.MomotorID, CanvasID: fx.assignment, Name: "?"}
	if _, err := ingest.UpsertAssignment(t.Context(), s, row, recipe, nil, testTime); err != nil {
		t.Fatal(err)
	}
	fx.key = db.AssignmentKey{CourseID: row.CourseID, ID: row.MomotorID}
	base, err := url.Parse(fx.URL)
	if err != nil {
		t.Fatal(err)
	}
	fx.clients = &jobstest.Clients{Canvas: canvas.New(base, canvastest.FixedToken(fx.Token()), canvas.WithTransport(http.DefaultTransport), canvas.WithClock(fx.clock.Now, fx.clock.Sleep))}
	fx.handler = &refresh.Handler{Store: s, Blobs: fx.blobs, Queue: fx.Queue.Queue, Clients: fx.clients, Now: fx.clock.Now, Log: slog.New(slog.DiscardHandler)}
	return fx
}

// addStudents adds students to a new section and returns their ids in Canvas.
func (fx *fixture) addStudents(section string, names ...string) (ids []int64) {
	sectionID := fx.AddSection(fx.course, canvastest.Section{Name: section})
	for _, name := range names {
		ids = append(ids, fx.AddStudent(sectionID, canvastest.User{Name: name, Sortable: name}))
	}
	return ids
}

// submit submits a file of a student, at a time before testTime.
func (fx *fixture) submit(student int64, ago time.Duration, name, text string) {
	fx.Submit(student, fx.assignment, testTime.Add(-ago), canvastest.File{Name: name, Type: "text/plain", Content: []byte(text)})
}

func (fx *fixture) refresh(t *testing.T) error {
	t.Helper()
	return fx.handler.Do(t.Context(), jobs.RefreshAssignment{CourseID: fx.key.CourseID, AssignmentID: fx.key.ID})
}

// queryLines runs a query with one text column and returns its rows.
func (fx *fixture) queryLines(t *testing.T, query string) (lines []string) {
	t.Helper()
	rows, err := fx.Store.SQL().QueryContext(t.Context(), strings.NewReplacer("$course", fmt.Sprint(fx.key.CourseID), "$assignment", fmt.Sprint(fx.key.ID)).Replace(query))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// describe returns the course, assignment, enrollments and results in the store, one per line.
func (fx *fixture) describe(t *testing.T) string {
	t.Helper()
	var lines []string
	for _, query := range []string{
		`SELECT code || ' ' || name || CASE WHEN valid THEN '' ELSE ', invalid' END FROM course WHERE id = $course`,
		`SELECT name || CASE WHEN active THEN ', active' ELSE '' END || CASE WHEN canvas_published THEN ', published' ELSE '' END FROM assignment WHERE course_id = $course`,
		`SELECT usr.name || ' ' || enr.role || coalesce(' in ' || sec.name, '') FROM enrollment AS enr JOIN "user" AS usr ON usr.id = enr.user_id
			LEFT JOIN section AS sec ON sec.id = enr.section_id AND sec.course_id = enr.course_id WHERE enr.course_id = $course ORDER BY 1`,
	} {
		lines = append(lines, fx.queryLines(t, query)...)
	}
	results := fx.queryLines(t, `SELECT usr.name || ' ' || res.attempt || ' ' || res.state || CASE WHEN res.is_latest THEN ' latest' ELSE '' END || CASE WHEN res.is_late THEN ' late ' || CAST(coalesce(res.seconds_late, -1) AS integer) || ' s' ELSE '' END
		|| coalesce(': ' || res.summary, '') || '/' || coalesce(bun.sha256, '') FROM result AS res JOIN "user" AS usr ON usr.id = res.user_id
		LEFT JOIN bundle AS bun ON bun.course_id = res.course_id AND bun.result_id = res.id AND bun.kind = 'PRODUCT' WHERE res.course_id = $course ORDER BY usr.name, res.attempt`)
	for _, line := range results {
		text, digest, _ := strings.Cut(line, "/")
		if digest != "" {
			text += " " + fx.readProduct(t, digest)
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

// readProduct lists the files of a product bundle with their content.
func (fx *fixture) readProduct(t *testing.T, digest string) string {
	t.Helper()
	d, err := blob.ParseDigest(digest)
	if err != nil {
		t.Fatal(err)
	}
	var size int64
	if err := fx.Store.DB().NewRaw("SELECT size FROM bundle WHERE sha256 = ?", digest).Scan(t.Context(), &size); err != nil {
		t.Fatal(err)
	}
	f, err := fx.blobs.Open(t.Context(), d, size)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := bundle.Open(t.Context(), f, f.Size(), bundle.DefaultLimits())
	if err == nil {
		err = b.Verify(t.Context())
	}
	if err != nil || b.Kind() != bundle.KindProduct {
		t.Fatalf("the bundle of a submission is not a product: %v", err)
	}
	var files []string
	for _, a := range b.Attachments() {
		r, _, err := b.Open(a.Path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, fmt.Sprintf("%s=%s", a.Name, text))
	}
	return fmt.Sprint(files)
}

// availableJobs returns the number of available jobs of each kind.
func (fx *fixture) availableJobs(t *testing.T) string {
	t.Helper()
	return strings.Join(fx.queryLines(t, `SELECT DISTINCT kind || ' ' || count(*) OVER (PARTITION BY kind) FROM river_job WHERE state = 'available'`), ", ")
}

// expectStore fails the test if describe does not return the given lines.
func (fx *fixture) expectStore(t *testing.T, when string, want ...string) {
	t.Helper()
	got := strings.Split(fx.describe(t), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("%s the store has\n\t%s\nwant\n\t%s", when, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
