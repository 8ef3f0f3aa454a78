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
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A fakeQueue records the kinds of inserted jobs.
type fakeQueue struct {
	mu         sync.Mutex
	kinds      []string
	err        error
	nextErrors []error // the errors of the next inserts, in order
}

func (q *fakeQueue) Insert(_ context.Context, tx *sql.Tx, args ...river.JobArgs) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.nextErrors) > 0 {
		err := q.nextErrors[0]
		q.nextErrors = q.nextErrors[1:]
		return err
	}
	for _, job := range args {
		q.kinds = append(q.kinds, job.Kind())
	}
	return q.err
}

// takeKinds returns the kinds of the jobs that were inserted since its last call.
func (q *fakeQueue) takeKinds() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer func() { q.kinds = nil }()
	return strings.Join(q.kinds, " ")
}

// A mutationServer is a server with a blob store and a fake queue.
type mutationServer struct {
	server   *graph.Server
	store    *db.Store
	queue    *fakeQueue
	course   *courseFixture
	diskFull bool
	blob.Store
}

// Put implements blob.Store. It fails if the disk is full.
func (ms *mutationServer) Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error) {
	if ms.diskFull {
		return blob.Digest{}, 0, errors.New("no space left on device")
	}
	return ms.Store.Put(ctx, r)
}

func newMutationServer(t testing.TB, s *db.Store) *mutationServer {
	t.Helper()
	return newMutationServerWith(t, s, 3)
}

// newMutationServerWith is newMutationServer with a number of students.
func newMutationServerWith(t testing.TB, s *db.Store, students int) *mutationServer {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ms := &mutationServer{store: s, queue: &fakeQueue{}, course: newCourseFixture(t, s, 1001, students, "one"), Store: blobs}
	ms.server = newServerWith(ms, false)
	return ms
}

// newServerWith returns a server on the store, blobs and queue of ms.
func newServerWith(ms *mutationServer, disableFastPath bool) *graph.Server {
	return graph.NewServer(graph.Config{
		Store: ms.store, Blobs: ms, Jobs: ms.queue, Log: slog.New(slog.DiscardHandler), Limits: graph.Limits{UploadBytes: 1 << 20},
		DisableFastPath: disableFastPath,
	})
}

func (ms *mutationServer) teacher() *access.Principal {
	return &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: ms.course.course.MomotorID, Roles: access.Teacher}}}
}

// ref returns a reference to the course's assignment.
func (ms *mutationServer) ref() string {
	return fmt.Sprintf("{path: {accountMomotorId: %d, courseCanvasId: %d, canvasId: %d}}",
		ms.course.account.MomotorID, ms.course.course.CanvasID, ms.course.assignment.CanvasID)
}

// A mutationResponse is the response to a mutation.
type mutationResponse struct {
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

// String returns the code of the first error with the invalid fields, or OK.
func (r *mutationResponse) String() string {
	if len(r.Errors) == 0 {
		return "OK"
	}
	text := r.Errors[0].Extensions.Code
	for field := range r.Errors[0].Extensions.Fields {
		text += " " + field
	}
	return text
}

func (ms *mutationServer) run(t testing.TB, caller *access.Principal, mutation string) *mutationResponse {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": "mutation " + mutation})
	if err != nil {
		t.Fatal(err)
	}
	return ms.send(t, caller, "application/json", bytes.NewReader(body))
}

func (ms *mutationServer) send(t testing.TB, caller *access.Principal, media string, body io.Reader) *mutationResponse {
	t.Helper()
	r := httptest.NewRequestWithContext(access.WithPrincipal(t.Context(), caller), http.MethodPost, "/graphql", body)
	r.Header.Set("Content-Type", media)
	r.Header.Set("GraphQL-Require-Preflight", "true")
	w := httptest.NewRecorder()
	ms.server.ServeCaller(w, r)
	out := &mutationResponse{status: w.Code}
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return out
}

// upload sends the files of the assignment in a multipart form.
func (ms *mutationServer) upload(t testing.TB, names, contents map[string]string) *mutationResponse {
	t.Helper()
	return ms.uploadWith(t, "", names, contents)
}

// uploadWith is upload with other fields of the input, each followed by a comma.
func (ms *mutationServer) uploadWith(t testing.TB, fields string, names, contents map[string]string) *mutationResponse {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("operations", `{"query": "mutation($recipe: Upload, $config: Upload) { updateAssignment(assignment: `+
		strings.ReplaceAll(ms.ref(), `"`, `\"`)+`, input: {`+fields+`recipe: $recipe, config: $config}) { queued warnings assignment { revision recipe { name size } config { name } } } }",
		"variables": {"recipe": null, "config": null}}`)
	paths := map[string][]string{}
	for field := range contents {
		paths[field] = []string{"variables." + field}
	}
	encodedPaths, _ := json.Marshal(paths)
	form.WriteField("map", string(encodedPaths))
	for field, content := range contents {
		part, _ := form.CreateFormFile(field, names[field])
		io.WriteString(part, content)
	}
	form.Close()
	return ms.send(t, ms.teacher(), form.FormDataContentType(), &body)
}

// target returns the argument with the assignment or the course of a mutation.
func (ms *mutationServer) target(field *ast.FieldDefinition) string {
	if field.Arguments.ForName("course") != nil {
		return fmt.Sprintf("course: {id: %q}", ms.course.course.ID())
	}
	return "assignment: " + ms.ref()
}

// minimalArguments are the required arguments of every mutation, without the assignment or the course.
var minimalArguments = map[string]string{
	"updateAssignment":  "input: {paused: true}",
	"evaluateResults":   "evaluate: {scope: LATEST}",
	"refreshAssignment": "",
	"uploadScores":      "input: {passed: true, failed: true, replaceExisting: false}",
	"setPreferences":    "value: {a: 1}",
}

// Mutations require a key that is not read-only, a visible course, and a role of @may.
func TestMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		other := newCourseFixture(t, s, 1002, 1, "two")
		people, err := s.UserIDs(t.Context(), ms.course.account.MomotorID)
		if err != nil {
			t.Fatal(err)
		}
		user := slices.Min(slices.Collect(maps.Values(people)))
		newPrincipal := func(courseID int64, roles access.Roles, readOnly bool) *access.Principal {
			return &access.Principal{Kind: access.User, UserID: user, ReadOnly: readOnly, Grants: []access.Grant{{CourseID: courseID, Roles: roles}}}
		}
		course := ms.course.course.MomotorID
		for _, tt := range []struct {
			name        string
			caller      *access.Principal
			want        map[string]string
			defaultWant string
		}{
			{"an anonymous caller", &access.Principal{}, nil, "UNAUTHENTICATED"},
			{"a read-only key", newPrincipal(course, access.Teacher, true), nil, "FORBIDDEN"},
			{"a teacher of another course", newPrincipal(other.course.MomotorID, access.Teacher, false), nil, "NOT_FOUND"},
			{"a student", newPrincipal(course, access.Student, false), nil, "FORBIDDEN"},
			{"a teaching assistant", newPrincipal(course, access.TA, false), map[string]string{"refreshAssignment": "OK", "setPreferences": "OK"}, "FORBIDDEN"},
			{"a designer", newPrincipal(course, access.Designer, false), map[string]string{"uploadScores": "FORBIDDEN", "refreshAssignment": "RATE_LIMITED", "setPreferences": "FORBIDDEN"}, "OK"},
			{"a teacher", newPrincipal(course, access.Teacher, false), map[string]string{"uploadScores": "UNAVAILABLE", "refreshAssignment": "RATE_LIMITED"}, "OK"},
		} {
			for _, field := range exec.NewExecutableSchema(exec.Config{}).Schema().Mutation.Fields {
				if strings.HasPrefix(field.Name, "__") {
					continue
				}
				args, known := minimalArguments[field.Name]
				if !known || field.Directives.ForName("may") == nil {
					t.Errorf("%s has no @may, or no entry in minimalArguments", field.Name)
				}
				want := tt.defaultWant
				if override := tt.want[field.Name]; override != "" {
					want = override
				}
				got := ms.run(t, tt.caller, "{ "+field.Name+"("+ms.target(field)+", "+args+") { __typename } }")
				if got.String() != want {
					t.Errorf("%s: %s = %v, want %s", tt.name, field.Name, got, want)
				}
			}
		}
		designer := newPrincipal(course, access.Designer, false)
		if got := ms.run(t, designer, "{ updateAssignment(assignment: "+ms.ref()+", input: {published: true}) { queued } }"); got.String() != "FORBIDDEN" {
			t.Errorf("publishing by a designer = %v, want FORBIDDEN", got)
		}
	})
}

// An invalid mutation has an error code; a valid one enqueues its jobs.
func TestMutations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: ms.course.account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		ref, id := ms.ref(), fmt.Sprintf("{id: %q}", ms.course.assignment.ID())
		upload := "uploadScores(assignment: " + ref + ", input: {passed: true, failed: false, replaceExisting: false"
		for _, tt := range []struct{ mutation, want, jobs string }{
			{"{ updateAssignment(assignment: " + ref + ", input: {}) { queued } }", "OK", ""},
			{"{ updateAssignment(assignment: " + id + `, input: {paused: true, ifVersion: "1-published"}) { assignment { version paused } } }`, "OK", ""},
			{"{ updateAssignment(assignment: " + id + `, input: {paused: false, ifVersion: "1"}) { queued } }`, "CONFLICT", ""},
			{"{ updateAssignment(assignment: {}, input: {}) { queued } }", "GRAPHQL_VALIDATION_FAILED", ""},
			{`{ updateAssignment(assignment: {id: "x"}, input: {}) { queued } }`, "NOT_FOUND", ""},
			{"{ updateAssignment(assignment: " + ref + ", input: {evaluate: {}}) { queued } }", "GRAPHQL_VALIDATION_FAILED", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {scope: LATEST, results: []}) { queued } }", "GRAPHQL_VALIDATION_FAILED", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {results: [1]}) { queued } }", "BAD_USER_INPUT evaluate", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {references: [{momotorId: 1, path: {userCanvasId: 1001000}}]}) { queued } }", "GRAPHQL_VALIDATION_FAILED", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {references: [{path: {userCanvasId: 1001000}}, {path: {userCanvasId: 1}}]}) { queued } }", "BAD_USER_INPUT evaluate", ""},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {references: [{path: {userCanvasId: 1001000}}]}) { queued assignment { name } } }", "OK", "process"},
			{"{ evaluateResults(assignment: " + ref + ", evaluate: {scope: LATEST}) { queued assignment { name } } }", "OK", "process process process"},
			{"{ refreshAssignment(assignment: " + ref + ") { assignment { name } } }", "OK", "refresh"},
			{"{ refreshAssignment(assignment: " + ref + ") { assignment { name } } }", "RATE_LIMITED", ""},
			{"{ " + upload + "}) { isNew upload { id state assignment { name } } } }", "OK", "upload"},
			{"{ " + upload + "}) { isNew upload { id } } }", "OK", ""},
			{"{ " + upload + ", sectionCanvasId: 10010}) { isNew upload { id section { name } } } }", "OK", "upload"},
			{"{ " + upload + ", sectionCanvasId: 5}) { isNew } }", "BAD_USER_INPUT sectionCanvasId", ""},
		} {
			got := ms.run(t, ms.teacher(), tt.mutation)
			if kinds := ms.queue.takeKinds(); got.String() != tt.want || kinds != tt.jobs {
				t.Errorf("%s = %v with the jobs %q, want %s with %q: %+v", tt.mutation, got, kinds, tt.want, tt.jobs, got.Errors)
			}
			if tt.want == "RATE_LIMITED" && (got.Errors[0].Extensions.RetryAfter < 800 || got.Errors[0].Extensions.RetryAfter > 900) {
				t.Errorf("retryAfter = %d, want up to 900", got.Errors[0].Extensions.RetryAfter)
			}
		}
	})
}

// A mutation changes nothing if the queue rejects its jobs.
func TestNoChangeWithoutJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		ms.queue.err = errors.New("no connection to the queue")
		evaluate := "{ updateAssignment(assignment: " + ms.ref() + ", input: {paused: true, evaluate: {scope: LATEST}}) { queued } }"
		if got := ms.run(t, ms.teacher(), evaluate); got.String() != "INTERNAL" {
			t.Errorf("an evaluation with a broken queue = %v, want INTERNAL", got)
		}
		if got := ms.run(t, ms.teacher(), "{ refreshAssignment(assignment: "+ms.ref()+") { assignment { id } } }"); got.String() != "INTERNAL" {
			t.Errorf("a refresh with a broken queue = %v, want INTERNAL", got)
		}
		ms.queue.err = nil
		got := ms.run(t, ms.teacher(), "{ updateAssignment(assignment: "+ms.ref()+", input: {}) { assignment { paused results(filter: {state: [QUEUED]}) { totalCount } } } }")
		if g := got.Data["updateAssignment"]["assignment"].(map[string]any); g["paused"] != false || g["results"].(map[string]any)["totalCount"] != 0.0 {
			t.Errorf("the assignment after a failed mutation = %v, want no change", g)
		}
		if got := ms.run(t, ms.teacher(), "{ refreshAssignment(assignment: "+ms.ref()+") { assignment { id } } }"); got.String() != "OK" {
			t.Errorf("a refresh after a failed refresh = %v, want OK", got)
		}
	})
}

// A change is retried after a deadlock, a limited number of times.
func TestDeadlock(t *testing.T) {
	s := dbtest.NewSQLite(t)
	ms := newMutationServer(t, s)
	refresh := "{ refreshAssignment(assignment: " + ms.ref() + ") { assignment { id } } }"
	deadlock := fmt.Errorf("insert: %w", &pgconn.PgError{Code: "40P01"})
	for _, tt := range []struct {
		deadlocks  int
		want, jobs string
	}{{3, "UNAVAILABLE", ""}, {2, "OK", "refresh"}} {
		ms.queue.nextErrors = slices.Repeat([]error{deadlock}, tt.deadlocks)
		if got, kinds := ms.run(t, ms.teacher(), refresh).String(), ms.queue.takeKinds(); got != tt.want || kinds != tt.jobs {
			t.Errorf("%d deadlocks = %s with the jobs %q, want %s with %q", tt.deadlocks, got, kinds, tt.want, tt.jobs)
		}
	}
}

// A request for a refresh during another refresh adds a job, because the running job may have read
// Canvas already.
func TestRefreshDuringRefresh(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		queue, err := jobs.NewQueue(s)
		if err != nil {
			t.Fatal(err)
		}
		ms.server = graph.NewServer(graph.Config{Store: s, Blobs: ms, Jobs: queue, Log: slog.New(slog.DiscardHandler)})
		for want := 1; want <= 2; want++ {
			if got := ms.run(t, ms.teacher(), "{ refreshAssignment(assignment: "+ms.ref()+") { assignment { id } } }"); got.String() != "OK" {
				t.Fatal(got)
			}
			var n int
			if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job").Scan(&n); err != nil || n != want {
				t.Errorf("%d refresh jobs, %v, want %d", n, err, want)
			}
			for _, statement := range []string{"UPDATE river_job SET state = 'running'", "UPDATE assignment SET refreshed_at = NULL"} {
				if _, err := s.SQL().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

const (
	validRecipe = `<recipe xmlns="http://momotor.org/1.0" id="r"><steps><step id="run"/></steps></recipe>`
	validConfig = `<config xmlns="http://momotor.org/1.0" id="c"/>`
)

// An uploaded file is validated and stored under a safe name. A file that is invalid or cannot be
// stored does not replace the current file.
func TestUploadBundles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		names := map[string]string{"recipe": "../../etc/my récipe.xml", "config": `C:\dir\c.xml`}
		got := ms.upload(t, names, map[string]string{"recipe": validRecipe, "config": validConfig})
		if got.String() != "OK" {
			t.Fatalf("a valid recipe and config = %v: %+v", got, got.Errors)
		}
		const want = "map[config:map[name:c.xml] recipe:map[name:my_récipe.xml size:86] revision:2]"
		if g := fmt.Sprint(got.Data["updateAssignment"]["assignment"]); g != want {
			t.Errorf("the assignment = %s, want %s", g, want)
		}
		if w := fmt.Sprintf("%#v", got.Data["updateAssignment"]["warnings"]); w != "[]interface {}{}" {
			t.Errorf("warnings of a valid recipe = %s, want an empty list", w)
		}
		for _, tt := range []struct {
			name, recipe, config, want string
			status                     int
			diskFull                   bool
		}{
			{"malformed XML", "<recipe", validConfig, "BAD_USER_INPUT recipe", 200, false},
			{"a recipe without namespace and steps", "<recipe/>", validConfig, "BAD_USER_INPUT recipe", 200, false},
			{"the wrong kind", validRecipe, validRecipe, "BAD_USER_INPUT config", 200, false},
			{"an empty file", "", validConfig, "BAD_USER_INPUT recipe", 200, false},
			{"too large", strings.Repeat(" ", 2<<20), validConfig, "BAD_USER_INPUT", 413, false},
			{"a full disk", validRecipe + " ", validConfig, "UNAVAILABLE", 200, true},
		} {
			ms.diskFull = tt.diskFull
			got := ms.upload(t, names, map[string]string{"recipe": tt.recipe, "config": tt.config})
			if got.String() != tt.want || got.status != tt.status {
				t.Errorf("%s: %d %v, want %d %s", tt.name, got.status, got, tt.status, tt.want)
			}
		}
		ms.diskFull = false
		if got := ms.upload(t, names, nil); fmt.Sprint(got.Data["updateAssignment"]["assignment"]) != want {
			t.Errorf("the assignment after rejected files = %v, want %s", got.Data, want)
		}
	})
}

// The first recipe and an evaluation in one mutation queue the results of both, each once.
func TestFirstRecipeWithEvaluation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		ids, err := s.UserIDs(t.Context(), ms.course.account.MomotorID)
		if err != nil {
			t.Fatal(err)
		}
		ms.course.assignment = &db.Assignment{CourseID: ms.course.course.MomotorID, CanvasID: 77, Name: "New"}
		if _, err := ingest.UpsertAssignment(t.Context(), s, ms.course.assignment, nil, nil, dbtest.Noon); err != nil {
			t.Fatal(err)
		}
		result := func(user int64, attempt int, state db.ResultState) *ingest.ResultItem {
			item := ms.course.resultItem(&db.User{MomotorID: ids[user]}, attempt, 0, "new", dbtest.Noon)
			item.Result.State = state
			return item
		}
		if _, err := ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{
			result(1001000, 1, db.StatePaused), // queued by the first recipe
			result(1001000, 2, db.StateDone),   // by the evaluation
			result(1001001, 1, db.StatePaused), // by both
			result(1001002, 1, db.StateDone),   // by none
			result(1001002, 2, db.StateDone),   // by the evaluation
		}, dbtest.Noon); err != nil {
			t.Fatal(err)
		}
		got := ms.uploadWith(t, "evaluate: {scope: LATEST}, ", map[string]string{"recipe": "r.xml"}, map[string]string{"recipe": validRecipe})
		const queued, jobs = 4.0, "process process process process"
		if kinds := ms.queue.takeKinds(); got.String() != "OK" || got.Data["updateAssignment"]["queued"] != queued || kinds != jobs {
			t.Errorf("the first recipe with an evaluation = %s %v with the jobs %q, want %v queued with %q", got, got.Data, kinds, queued, jobs)
		}
	})
}
