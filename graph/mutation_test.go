package graph_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A workbook notes the work that it is given.
type workbook struct {
	mu    sync.Mutex
	kinds []string
	err   error
	once  []error // what the next ones fail with, each once
}

func (b *workbook) Insert(_ context.Context, tx *sql.Tx, work ...river.JobArgs) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.once) > 0 {
		err := b.once[0]
		b.once = b.once[1:]
		return err
	}
	for _, w := range work {
		b.kinds = append(b.kinds, w.Kind())
	}
	return b.err
}

// noted returns the kinds of the work since it was last asked.
func (b *workbook) noted() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() { b.kinds = nil }()
	return strings.Join(b.kinds, " ")
}

// An office is a server on which teachers change things.
type office struct {
	server *graph.Server
	store  *db.Store
	work   *workbook
	class  *class
	full   bool // whether the disk is
	blob.Store
}

// Put implements blob.Store, with a disk that can be full.
func (o *office) Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error) {
	if o.full {
		return blob.Digest{}, 0, errors.New("no space left on device")
	}
	return o.Store.Put(ctx, r)
}

func newOffice(t testing.TB, s *db.Store) *office {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := &office{store: s, work: &workbook{}, class: newClass(t, s, 1001, 3, "one"), Store: blobs}
	o.server = graph.NewServer(graph.Config{
		Store: s, Blobs: o, Jobs: o.work, Log: slog.New(slog.DiscardHandler), Limits: graph.Limits{UploadBytes: 1 << 20},
	})
	return o
}

func (o *office) teacher() *access.Principal {
	return &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: o.class.course.MomotorID, Roles: access.Teacher}}}
}

// ref names the class's assignment.
func (o *office) ref() string {
	return fmt.Sprintf("{path: {accountMomotorId: %d, courseCanvasId: %d, canvasId: %d}}",
		o.class.account.MomotorID, o.class.course.CanvasID, o.class.assignment.CanvasID)
}

// An outcome is what a mutation answers.
type outcome struct {
	status int
	Data   map[string]map[string]any
	Errors []struct {
		Message    string
		Extensions struct {
			Code       string
			RetryAfter int
			Fields     map[string][]string
		}
	}
}

// String is the code of the first error with the fields that are wrong, or OK.
func (o *outcome) String() string {
	if len(o.Errors) == 0 {
		return "OK"
	}
	text := o.Errors[0].Extensions.Code
	for field := range o.Errors[0].Extensions.Fields {
		text += " " + field
	}
	return text
}

func (o *office) run(t testing.TB, who *access.Principal, mutation string) *outcome {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": "mutation " + mutation})
	if err != nil {
		t.Fatal(err)
	}
	return o.send(t, who, "application/json", bytes.NewReader(body))
}

func (o *office) send(t testing.TB, who *access.Principal, media string, body io.Reader) *outcome {
	t.Helper()
	r := httptest.NewRequestWithContext(access.WithPrincipal(t.Context(), who), http.MethodPost, "/graphql", body)
	r.Header.Set("Content-Type", media)
	r.Header.Set("GraphQL-Require-Preflight", "true")
	w := httptest.NewRecorder()
	o.server.ServeCaller(w, r)
	out := &outcome{status: w.Code}
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return out
}

// upload changes the assignment's files.
func (o *office) upload(t testing.TB, names, contents map[string]string) *outcome {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("operations", `{"query": "mutation($recipe: Upload, $config: Upload) { updateAssignment(assignment: `+
		strings.ReplaceAll(o.ref(), `"`, `\"`)+`, input: {recipe: $recipe, config: $config}) { queued assignment { revision recipe { name size } config { name } } } }",
		"variables": {"recipe": null, "config": null}}`)
	places := map[string][]string{}
	for field := range contents {
		places[field] = []string{"variables." + field}
	}
	text, _ := json.Marshal(places)
	form.WriteField("map", string(text))
	for field, content := range contents {
		part, _ := form.CreateFormFile(field, names[field])
		io.WriteString(part, content)
	}
	form.Close()
	return o.send(t, o.teacher(), form.FormDataContentType(), &body)
}

// minimal mutations of every kind, without the reference of the assignment.
var minimal = map[string]string{
	"updateAssignment":  "input: {paused: true}",
	"evaluateResults":   "evaluate: {scope: LATEST}",
	"refreshAssignment": "",
	"uploadScores":      "input: {passed: true, failed: true, replaceExisting: false}",
}

// Who may do what: nobody with a read-only key anything, nobody in a course that is not
// theirs, and the roles what @may says.
func TestMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		o := newOffice(t, s)
		other := newClass(t, s, 1002, 1, "two")
		with := func(course int64, roles access.Roles, readOnly bool) *access.Principal {
			return &access.Principal{Kind: access.User, UserID: 1, ReadOnly: readOnly, Grants: []access.Grant{{CourseID: course, Roles: roles}}}
		}
		mine := o.class.course.MomotorID
		for _, tt := range []struct {
			name string
			who  *access.Principal
			want map[string]string
			rest string
		}{
			{"nobody", &access.Principal{}, nil, "UNAUTHENTICATED"},
			{"a read-only key", with(mine, access.Teacher, true), nil, "FORBIDDEN"},
			{"a teacher of another course", with(other.course.MomotorID, access.Teacher, false), nil, "NOT_FOUND"},
			{"a student", with(mine, access.Student, false), nil, "FORBIDDEN"},
			{"a teaching assistant", with(mine, access.TA, false), map[string]string{"refreshAssignment": "OK"}, "FORBIDDEN"},
			{"a designer", with(mine, access.Designer, false), map[string]string{"uploadScores": "FORBIDDEN", "refreshAssignment": "RATE_LIMITED"}, "OK"},
			{"a teacher", with(mine, access.Teacher, false), map[string]string{"uploadScores": "UNAVAILABLE", "refreshAssignment": "RATE_LIMITED"}, "OK"},
		} {
			for _, field := range exec.NewExecutableSchema(exec.Config{}).Schema().Mutation.Fields {
				if strings.HasPrefix(field.Name, "__") {
					continue
				}
				args, known := minimal[field.Name]
				if !known || field.Directives.ForName("may") == nil {
					t.Errorf("%s has no @may, or this test does not know it", field.Name)
				}
				want := tt.rest
				if special := tt.want[field.Name]; special != "" {
					want = special
				}
				got := o.run(t, tt.who, "{ "+field.Name+"(assignment: "+o.ref()+", "+args+") { __typename } }")
				if got.String() != want {
					t.Errorf("%s: %s = %v, want %s", tt.name, field.Name, got, want)
				}
			}
		}
		designer := with(mine, access.Designer, false)
		if got := o.run(t, designer, "{ updateAssignment(assignment: "+o.ref()+", input: {published: true}) { queued } }"); got.String() != "FORBIDDEN" {
			t.Errorf("a designer publishes = %v, want FORBIDDEN", got)
		}
	})
}

// What is wrong has its code, and what is right the work that it asks for.
func TestMutations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		o := newOffice(t, s)
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: o.class.account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		ref, id := o.ref(), fmt.Sprintf("{id: %q}", o.class.assignment.ID())
		upload := "uploadScores(assignment: " + ref + ", input: {passed: true, failed: false, replaceExisting: false"
		for _, tt := range []struct{ mutation, want, work string }{
			{"{ updateAssignment(assignment: " + ref + ", input: {}) { queued } }", "OK", ""},
			{"{ updateAssignment(assignment: " + id + `, input: {paused: true, ifVersion: "1-published"}) { assignment { version paused } } }`, "OK", ""},
			{"{ updateAssignment(assignment: " + id + `, input: {paused: false, ifVersion: "1"}) { queued } }`, "CONFLICT", ""},
			{"{ updateAssignment(assignment: {}, input: {}) { queued } }", "GRAPHQL_VALIDATION_FAILED", ""},
			{`{ updateAssignment(assignment: {id: "x"}, input: {}) { queued } }`, "NOT_FOUND", ""},
			{"{ updateAssignment(assignment: " + ref + ", input: {evaluate: {}}) { queued } }", "GRAPHQL_VALIDATION_FAILED", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {scope: LATEST, results: []}) { queued } }", "GRAPHQL_VALIDATION_FAILED", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {results: [1]}) { queued } }", "BAD_USER_INPUT evaluate", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {scope: LATEST}) { queued assignment { name } } }", "OK", "process process process"},
			{"{ refreshAssignment(assignment: " + ref + ") { assignment { name } } }", "OK", "refresh"},
			{"{ refreshAssignment(assignment: " + ref + ") { assignment { name } } }", "RATE_LIMITED", ""},
			{"{ " + upload + "}) { isNew upload { id state assignment { name } } } }", "OK", "upload"},
			{"{ " + upload + "}) { isNew upload { id } } }", "OK", ""},
			{"{ " + upload + ", sectionCanvasId: 10010}) { isNew upload { id section { name } } } }", "OK", "upload"},
			{"{ " + upload + ", sectionCanvasId: 5}) { isNew } }", "BAD_USER_INPUT sectionCanvasId", ""},
		} {
			got := o.run(t, o.teacher(), tt.mutation)
			if work := o.work.noted(); got.String() != tt.want || work != tt.work {
				t.Errorf("%s = %v with work %q, want %s with %q: %+v", tt.mutation, got, work, tt.want, tt.work, got.Errors)
			}
			if tt.want == "RATE_LIMITED" && (got.Errors[0].Extensions.RetryAfter < 800 || got.Errors[0].Extensions.RetryAfter > 900) {
				t.Errorf("retryAfter = %d, want up to 900", got.Errors[0].Extensions.RetryAfter)
			}
		}
	})
}

// What can not be queued does not change anything either.
func TestNoChangeWithoutWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		o := newOffice(t, s)
		o.work.err = errors.New("the queue is broken")
		evaluate := "{ updateAssignment(assignment: " + o.ref() + ", input: {paused: true, evaluate: {scope: LATEST}}) { queued } }"
		if got := o.run(t, o.teacher(), evaluate); got.String() != "INTERNAL" {
			t.Errorf("with a broken queue = %v, want INTERNAL", got)
		}
		if got := o.run(t, o.teacher(), "{ refreshAssignment(assignment: "+o.ref()+") { assignment { id } } }"); got.String() != "INTERNAL" {
			t.Errorf("with a broken queue = %v, want INTERNAL", got)
		}
		o.work.err = nil
		got := o.run(t, o.teacher(), "{ updateAssignment(assignment: "+o.ref()+", input: {}) { assignment { paused results(filter: {state: [QUEUED]}) { totalCount } } } }")
		if g := got.Data["updateAssignment"]["assignment"].(map[string]any); g["paused"] != false || g["results"].(map[string]any)["totalCount"] != 0.0 {
			t.Errorf("after a change without work: %v", g)
		}
		if got := o.run(t, o.teacher(), "{ refreshAssignment(assignment: "+o.ref()+") { assignment { id } } }"); got.String() != "OK" {
			t.Errorf("the pause began with a refresh that was none: %v", got)
		}
	})
}

// A change that meets the queue in a deadlock is done again, and not for ever.
func TestDeadlock(t *testing.T) {
	s := dbtest.Open(t, dbtest.SQLite(t))
	o := newOffice(t, s)
	refresh := "{ refreshAssignment(assignment: " + o.ref() + ") { assignment { id } } }"
	dead := fmt.Errorf("insert: %w", &pgconn.PgError{Code: "40P01"})
	for _, tt := range []struct {
		deadlocks  int
		want, work string
	}{{3, "UNAVAILABLE", ""}, {2, "OK", "refresh"}} {
		o.work.once = slices.Repeat([]error{dead}, tt.deadlocks)
		if got, work := o.run(t, o.teacher(), refresh).String(), o.work.noted(); got != tt.want || work != tt.work {
			t.Errorf("%d deadlocks = %s with the work %q, want %s with %q", tt.deadlocks, got, work, tt.want, tt.work)
		}
	}
}

// A refresh that is asked for while another is under way is not taken for that one, which
// may have looked at Canvas already.
func TestRefreshDuringAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		o := newOffice(t, s)
		queue, err := jobs.NewQueue(s)
		if err != nil {
			t.Fatal(err)
		}
		o.server = graph.NewServer(graph.Config{Store: s, Blobs: o, Jobs: queue, Log: slog.New(slog.DiscardHandler)})
		for want := 1; want <= 2; want++ {
			if got := o.run(t, o.teacher(), "{ refreshAssignment(assignment: "+o.ref()+") { assignment { id } } }"); got.String() != "OK" {
				t.Fatal(got)
			}
			var n int
			if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job").Scan(&n); err != nil || n != want {
				t.Errorf("%d refreshes wait or are under way, %v, want %d", n, err, want)
			}
			for _, later := range []string{"UPDATE river_job SET state = 'running'", "UPDATE assignment SET refreshed_at = NULL"} {
				if _, err := s.SQL().ExecContext(t.Context(), later); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

const (
	goodRecipe = `<recipe xmlns="http://momotor.org/1.0" id="r"><steps><step id="run"/></steps></recipe>`
	goodConfig = `<config xmlns="http://momotor.org/1.0" id="c"/>`
)

// A file that is sent is checked and kept under a harmless name; one that can not be kept
// leaves the old one.
func TestUploadBundles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		o := newOffice(t, s)
		both := map[string]string{"recipe": "../../etc/my récipe.xml", "config": `C:\dir\c.xml`}
		got := o.upload(t, both, map[string]string{"recipe": goodRecipe, "config": goodConfig})
		if got.String() != "OK" {
			t.Fatalf("a good recipe and config = %v: %+v", got, got.Errors)
		}
		const want = "map[config:map[name:c.xml] recipe:map[name:my_récipe.xml size:86] revision:2]"
		if g := fmt.Sprint(got.Data["updateAssignment"]["assignment"]); g != want {
			t.Errorf("the assignment is %s, want %s", g, want)
		}
		for _, tt := range []struct {
			name, recipe, config, want string
			status                     int
			full                       bool
		}{
			{"broken XML", "<recipe", goodConfig, "BAD_USER_INPUT recipe", 200, false},
			{"the wrong kind", goodRecipe, goodRecipe, "BAD_USER_INPUT config", 200, false},
			{"an empty file", "", goodConfig, "BAD_USER_INPUT recipe", 200, false},
			{"too large", strings.Repeat(" ", 2<<20), goodConfig, "BAD_USER_INPUT", 413, false},
			{"a full disk", goodRecipe + " ", goodConfig, "UNAVAILABLE", 200, true},
		} {
			o.full = tt.full
			got := o.upload(t, both, map[string]string{"recipe": tt.recipe, "config": tt.config})
			if got.String() != tt.want || got.status != tt.status {
				t.Errorf("%s: %d %v, want %d %s", tt.name, got.status, got, tt.status, tt.want)
			}
		}
		o.full = false
		if got := o.upload(t, both, nil); fmt.Sprint(got.Data["updateAssignment"]["assignment"]) != want {
			t.Errorf("after files that were refused: %v, want %s", got.Data, want)
		}
	})
}

// The form of an operation with files is checked before anything runs.
func TestMultipartRequest(t *testing.T) {
	o := newOffice(t, dbtest.Open(t, dbtest.SQLite(t)))
	const part = "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n"
	const file = "--b\r\nContent-Disposition: form-data; name=\"0\"; filename=\"f\"\r\n\r\nx\r\n"
	op := `{"query": "query($f: String) { node(id: $f) { id } }", "variables": {"f": null, "l": [null], "s": "x"}}`
	for _, tt := range []struct {
		name, operations, places string
		status                   int
	}{
		{"no map", op, "", 400},
		{"no operations", "", `{"0": ["variables.f"]}`, 400},
		{"a file that is not there", op, `{"1": ["variables.f"]}`, 400},
		{"a variable that is not there", op, `{"0": ["variables.g"]}`, 400},
		{"a variable that is not null", op, `{"0": ["variables.s"]}`, 400},
		{"beyond a list", op, `{"0": ["variables.l.1"]}`, 400},
		{"into the query", op, `{"0": ["query"]}`, 400},
		{"where no file belongs", op, `{"0": ["variables.f"]}`, 200},
		{"nowhere", op, `{}`, 200},
	} {
		body := fmt.Sprintf(part, "operations", tt.operations) + fmt.Sprintf(part, "map", tt.places) + file + "--b--\r\n"
		if got := o.send(t, o.teacher(), "multipart/form-data; boundary=b", strings.NewReader(body)); got.status != tt.status {
			t.Errorf("%s: %d %+v, want %d", tt.name, got.status, got.Errors, tt.status)
		}
	}
}
