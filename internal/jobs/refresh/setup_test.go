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

// A village is an assignment of which the store knows no more than that it is in Canvas.
type village struct {
	*canvastest.Server
	*jobstest.Queue
	clock              *canvastest.Clock
	blobs              *blob.Folder
	key                db.AssignmentKey
	course, assignment int64 // in Canvas
	do                 *refresh.Handler
	canvases           *jobstest.Clients
}

var lunch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// newVillage counts the ids in Canvas from the first that a float64 does not hold.
func newVillage(t *testing.T, s *db.Store, a canvastest.Assignment) *village {
	t.Helper()
	v := &village{Queue: jobstest.Open(t, s), clock: canvastest.NewClock(lunch)}
	v.Server = canvastest.New(t, canvastest.WithClock(v.clock.Now), canvastest.WithPageSize(2), canvastest.WithFirstID(1<<53+1))
	v.course = v.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
	v.assignment = v.AddAssignment(v.course, a)
	var err error
	if v.blobs, err = blob.OpenFolder(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	// Of the addresses of fakes in a store, one may be another's that has ended.
	account := &db.Account{CanvasGUID: rand.Text(), BaseURL: v.URL, Name: "University"}
	jobstest.Must(t)(ingest.UpsertAccounts(t.Context(), s, []*db.Account{account}))
	course := &db.Course{AccountID: account.MomotorID, CanvasID: v.course, Name: "?", Code: "?", Active: true, Valid: true}
	jobstest.Must(t)(ingest.UpsertCourses(t.Context(), s, []*db.Course{course}))
	if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	recipe := &db.Bundle{Name: "recipe.xml", Format: db.FormatXML, SHA256: new(strings.Repeat("0", 64))}
	row := &db.Assignment{CourseID: course.MomotorID, CanvasID: v.assignment, Name: "?"}
	if _, err := ingest.UpsertAssignment(t.Context(), s, row, recipe, nil, lunch); err != nil {
		t.Fatal(err)
	}
	v.key = db.AssignmentKey{CourseID: row.CourseID, ID: row.MomotorID}
	base, err := url.Parse(v.URL)
	if err != nil {
		t.Fatal(err)
	}
	v.canvases = &jobstest.Clients{Canvas: canvas.New(base, canvastest.FixedToken(v.Token()), canvas.WithTransport(http.DefaultTransport), canvas.WithClock(v.clock.Now, v.clock.Sleep))}
	v.do = &refresh.Handler{Store: s, Blobs: v.blobs, Queue: v.Queue.Queue, Clients: v.canvases, Now: v.clock.Now, Log: slog.New(slog.DiscardHandler)}
	return v
}

// students enrols some in a section of their own.
func (v *village) students(section string, names ...string) (ids []int64) {
	in := v.AddSection(v.course, canvastest.Section{Name: section})
	for _, name := range names {
		ids = append(ids, v.AddStudent(in, canvastest.User{Name: name, Sortable: name}))
	}
	return ids
}

// hands lets a student hand in a text, some time before now.
func (v *village) hands(student int64, ago time.Duration, name, text string) {
	v.Submit(student, v.assignment, lunch.Add(-ago), canvastest.File{Name: name, Type: "text/plain", Content: []byte(text)})
}

func (v *village) refresh(t *testing.T) error {
	t.Helper()
	return v.do.Do(t.Context(), jobs.RefreshAssignment{CourseID: v.key.CourseID, AssignmentID: v.key.ID})
}

// rows runs a query of texts, and returns a line for each row.
func (v *village) rows(t *testing.T, query string) (lines []string) {
	t.Helper()
	rows, err := v.Store.SQL().QueryContext(t.Context(), strings.NewReplacer("$course", fmt.Sprint(v.key.CourseID), "$assignment", fmt.Sprint(v.key.ID)).Replace(query))
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

// view says what the store knows, a line each.
func (v *village) view(t *testing.T) string {
	t.Helper()
	var lines []string
	for _, query := range []string{
		`SELECT code || ' ' || name || CASE WHEN valid THEN '' ELSE ', gone' END FROM course WHERE id = $course`,
		`SELECT name || CASE WHEN active THEN ', active' ELSE '' END || CASE WHEN canvas_published THEN ', published' ELSE '' END FROM assignment WHERE course_id = $course`,
		`SELECT u.name || ' ' || e.role || coalesce(' in ' || z.name, '') FROM enrollment AS e JOIN "user" AS u ON u.id = e.user_id
			LEFT JOIN section AS z ON z.id = e.section_id AND z.course_id = e.course_id WHERE e.course_id = $course ORDER BY 1`,
	} {
		lines = append(lines, v.rows(t, query)...)
	}
	results := v.rows(t, `SELECT u.name || ' ' || r.attempt || ' ' || r.state || CASE WHEN r.is_latest THEN ' latest' ELSE '' END || CASE WHEN r.is_late THEN ' late' ELSE '' END
		|| coalesce(': ' || r.summary, '') || '/' || coalesce(b.sha256, '') FROM result AS r JOIN "user" AS u ON u.id = r.user_id
		LEFT JOIN bundle AS b ON b.course_id = r.course_id AND b.result_id = r.id AND b.kind = 'PRODUCT' WHERE r.course_id = $course ORDER BY u.name, r.attempt`)
	for _, line := range results {
		text, digest, _ := strings.Cut(line, "/")
		if digest != "" {
			text += " " + v.unpack(t, digest)
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

// unpack says what is in a product, and fails the test if it is none.
func (v *village) unpack(t *testing.T, digest string) string {
	t.Helper()
	d, err := blob.ParseDigest(digest)
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.blobs.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := bundle.Open(f, f.Size(), bundle.DefaultLimits())
	if err == nil {
		err = b.Verify(t.Context())
	}
	if err != nil || b.Kind() != bundle.KindProduct {
		t.Fatalf("what was handed in is no product: %v", err)
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

// work lists the work that waits.
func (v *village) work(t *testing.T) string {
	t.Helper()
	return strings.Join(v.rows(t, `SELECT DISTINCT kind || ' ' || count(*) OVER (PARTITION BY kind) FROM river_job WHERE state = 'available'`), ", ")
}

func (v *village) expect(t *testing.T, when string, want ...string) {
	t.Helper()
	got := strings.Split(v.view(t), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("%s the store has\n\t%s\nwant\n\t%s", when, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
