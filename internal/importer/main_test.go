package importer_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/importer"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A target is a store and a blob store to import into.
type target struct {
	location string
	store    *db.Store
	blobs    *blob.Folder
}

func newTarget(t testing.TB, location string) *target {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &target{location, dbtest.Open(t, location), blobs}
}

// forEachDatabase runs a test on SQLite and on PostgreSQL.
func forEachDatabase(t *testing.T, test func(t *testing.T, open func() *target)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, func() *target { return newTarget(t, dbtest.MigratedSQLite(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, func() *target { return newTarget(t, dbtest.MigratedPostgres(t)) })
	})
}

func (p *target) importer() *importer.Importer {
	return &importer.Importer{Store: p.store, Blobs: p.blobs, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
}

// load imports a folder whose lines are all valid.
func (p *target) load(t testing.TB, folder fs.FS) *importer.Report {
	t.Helper()
	report, err := p.importer().Run(t.Context(), folder)
	if err != nil || report.RejectedLines() > 0 {
		t.Fatalf("Run = %v, and rejected %v", err, report.Rejections)
	}
	return report
}

// query returns the rows of statements as sorted lines of text.
func (p *target) query(t testing.TB, statements ...string) []string {
	t.Helper()
	driver, name := "pgx", p.location
	if path, ok := strings.CutPrefix(p.location, "sqlite:"); ok {
		driver, name = "sqlite", path
	}
	conn, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var lines []string
	for _, statement := range statements {
		rows, err := conn.QueryContext(t.Context(), statement)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		defer rows.Close()
		columns, _ := rows.Columns()
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			line := ""
			for i, v := range values {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				line += fmt.Sprintf("%s=%v ", columns[i], v)
			}
			lines = append(lines, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return lines
}

// rows returns all rows of the store.
func (p *target) rows(t testing.TB) []string {
	t.Helper()
	var statements []string
	for _, table := range []string{
		"counter", "account", "course", "course_version", "section", `"user"`, "enrollment", "assignment", "result",
		"result_member", "step", "bundle", "revision", "api_key", "api_key_course",
	} {
		statements = append(statements, "SELECT * FROM "+table)
	}
	return p.query(t, statements...)
}

// content returns all rows of the store without the ids that the store assigned.
func (p *target) content(t testing.TB) []string {
	t.Helper()
	const result = `result r JOIN course c ON c.id = r.course_id JOIN account a ON a.id = c.account_id
		JOIN assignment g ON g.course_id = r.course_id AND g.id = r.assignment_id JOIN "user" u ON u.id = r.user_id`
	const of = `a.canvas_guid AS a, c.canvas_id AS c, g.canvas_id AS g, u.canvas_id AS u, r.attempt`
	return p.query(t,
		`SELECT canvas_guid, base_url, name FROM account`,
		`SELECT a.canvas_guid, c.canvas_id, c.code, c.name, c.active, c.valid, c.readonly FROM course c JOIN account a ON a.id = c.account_id`,
		`SELECT c.code, z.canvas_id AS section, z.name FROM section z JOIN course c ON c.id = z.course_id`,
		`SELECT a.canvas_guid, u.canvas_id, u.name, u.sortable_name, u.login_id FROM "user" u JOIN account a ON a.id = u.account_id`,
		`SELECT c.code, u.name, e.role, z.canvas_id FROM enrollment e JOIN course c ON c.id = e.course_id JOIN "user" u ON u.id = e.user_id
			LEFT JOIN section z ON z.id = e.section_id`,
		`SELECT c.code, g.canvas_id, g.name, g.active, g.published, g.paused, v.number, b.name AS recipe, b.sha256 FROM assignment g
			JOIN course c ON c.id = g.course_id LEFT JOIN revision v ON v.course_id = g.course_id AND v.assignment_id = g.id
			LEFT JOIN bundle b ON b.course_id = v.course_id AND (b.id = v.recipe_id OR b.id = v.config_id)`,
		`SELECT `+of+`, r.is_latest, r.is_late, r.revision, r.state, r.accepted, r.has_error, r.secret, r.score, r.score_reviewer,
			r.progress, r.submitted_at, r.queued_at, r.started_at, r.processed_at, r.label, r.summary, r.preview_url FROM `+result,
		`SELECT `+of+`, mu.canvas_id AS member FROM `+result+` JOIN result_member m ON m.course_id = r.course_id AND m.result_id = r.id
			JOIN "user" mu ON mu.id = m.user_id`,
		`SELECT `+of+`, s.position, s.task, s.task_id, s.accepted, s.has_error, s.secret, s.hidden, s.outcome, s.score, s.max_score,
			s.label, s.summary, s.details FROM `+result+` JOIN step s ON s.course_id = r.course_id AND s.result_id = r.id`,
		`SELECT `+of+`, b.kind, b.format, b.name, b.sha256, b.size, b.created_at FROM `+result+`
			JOIN bundle b ON b.course_id = r.course_id AND b.result_id = r.id`,
		`SELECT y.prefix, y.hashed_key, y.name, y.created_at, y.expires_at, y.revoked, y.read_only, c.code FROM api_key y
			LEFT JOIN api_key_course yc ON yc.api_key_id = y.id LEFT JOIN course c ON c.id = yc.course_id`,
	)
}

// A folder is an import folder under construction.
type folder struct {
	files fstest.MapFS
	lines []string
}

// newFolder returns a folder with the bundles of testdata.
func newFolder(t testing.TB) *folder {
	t.Helper()
	f := &folder{files: fstest.MapFS{}}
	for _, name := range []string{"config.xml", "product.xml", "product.zip", "recipe.xml", "result.xml", "result-full.zip"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		f.files[name] = &fstest.MapFile{Data: content}
	}
	return f
}

// object holds the fields of a line.
type object map[string]any

// with returns a copy with other values; nil removes a field.
func (o object) with(fields object) object {
	out := object{}
	for _, part := range []object{o, fields} {
		for name, value := range part {
			if out[name] = value; value == nil {
				delete(out, name)
			}
		}
	}
	return out
}

func (o object) String() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// add adds lines.
func (f *folder) add(lines ...object) {
	for _, l := range lines {
		f.lines = append(f.lines, l.String())
	}
}

// fs returns the folder with its manifest.
func (f *folder) fs() fs.FS {
	files := fstest.MapFS{importer.Manifest: {Data: []byte(strings.Join(f.lines, "\n"))}}
	for name, file := range f.files {
		files[name] = file
	}
	return files
}

// Lines of a school with one course, one student and one assignment.
var (
	account = object{"type": "account", "canvas_guid": "guid", "base_url": "https://canvas.example.edu", "name": "Example"}
	course  = object{
		"type": "course", "account": "guid", "canvas_id": 1001, "code": "2IP90", "name": "Programming",
		"active": true, "valid": true, "readonly": false,
	}
	section    = object{"type": "section", "account": "guid", "canvas_id": 11, "course": 1001, "name": "Group 1"}
	user       = object{"type": "user", "account": "guid", "canvas_id": 9001, "name": "Anna", "sortable_name": "Anna", "login_id": "anna"}
	enrollment = object{"type": "enrollment", "account": "guid", "course": 1001, "user": 9001, "role": "student", "section": 11}
	assignment = object{
		"type": "assignment", "account": "guid", "course": 1001, "canvas_id": 501, "name": "Hello",
		"active": true, "published": true, "paused": false, "recipe": "recipe.xml", "config": "config.xml",
	}
	result = object{
		"type": "result", "account": "guid", "course": 1001, "assignment": 501, "user": 9001, "attempt": 1,
		"submitted_at": "2026-03-01T12:00:00Z", "is_late": false, "state": "done",
	}
	apiKey = object{
		"type": "api_key", "prefix": "AAAAAAAA", "hashed_key": "sha512$$" + strings.Repeat("0", 128), "name": "tool",
		"created": "2026-01-01T00:00:00Z", "revoked": false, "courses": []any{[]any{"guid", 1001}},
	}
	school = []object{account, course, section, user, enrollment, assignment}
)
