package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// The fast path answers random operations with the same bytes as the resolvers, even if the
// resolvers answer some of the root fields, and when a document is sent again with other variables.
// The operations are generated from the schema, so they cover new fields automatically.
//
// A failure prints the seed of its operation. This repeats it (with the name and the seed that were
// printed):
//
//	go test ./graph -run 'TestPathsAgree/sqlite/account_course_0' -rapid.seed=1234
func TestPathsAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newCourseFixture(t, s, 1001, 7, "one"), newCourseFixture(t, s, 1002, 4, "two")
		newCourseFixture(t, s, 1003, 2, "three")
		addVariedResults(t, s, one)
		addUploads(t, s, one)
		addJobs(t, s, one)
		servers := newServersWithPages(t, s, 9, 4) // shorter than some lists
		callersByName := callers(t, s, one, two)
		covered := coverage{}
		for _, op := range newOperationGenerator(t, servers, callersByName["reviewer"], nil).operationPerField() {
			compare(t, servers.slow, servers.fast, callersByName["reviewer"], op, nil, covered)
			const slow = "{ slow: accounts { totalCount nodes { id courses(first: 1) { nodes { name } } } }"
			compare(t, servers.slow, servers.mixed, callersByName["reviewer"], strings.Replace(op, "{", slow, 1), nil, covered)
		}
		checks := 0
		const rounds = 2 // each round has a hundred operations for each root path
		for round := range rounds {
			for _, path := range rootPaths {
				generator := newOperationGenerator(t, servers, callersByName["reviewer"], path)
				t.Run(fmt.Sprintf("%s_%d", strings.Join(path, "_"), round), rapid.MakeCheck(func(rt *rapid.T) {
					checks++
					caller := rapid.SampledFrom(slices.Sorted(maps.Keys(callersByName))).Draw(rt, "caller")
					op := generator.operation(rt)
					for _, server := range []*graph.Server{servers.fast, servers.mixed} {
						op.compare(rt, servers.slow, server, callersByName[caller], covered)
					}
				}))
			}
		}
		if checks >= 100*rounds*len(rootPaths) { // unless -run selects some of the subtests
			covered.check(t, graph.ClassifyFields(t, s).Fast)
		}
	})
}

// compare checks that two servers send the same response to each request of an operation.
func (op randomOperation) compare(t tester, slow, fast *graph.Server, caller *access.Principal, covered coverage) {
	t.Helper()
	for _, variables := range op.requests {
		compare(t, slow, fast, caller, op.document, variables, covered)
	}
}

// compare checks that two servers send the same response.
func compare(t tester, slow, fast *graph.Server, caller *access.Principal, op string, variables map[string]any, covered coverage) {
	t.Helper()
	want, _ := executeWith(t, slow, caller, op, variables)
	got, path := executeWith(t, fast, caller, op, variables)
	if !bytes.Equal(got, want) {
		t.Fatalf("%s requests %s with the variables %v\n%s: %.3000s\nresolvers: %.3000s", caller.Name, op, variables, path, got, want)
	}
	covered.add(t, path, op)
}

// A tester is a *testing.T, a *testing.B or a *rapid.T.
type tester interface {
	Context() context.Context
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Helper()
}

// rootPaths are the paths to the objects from which random operations select; nil is the path to
// Query.
var rootPaths = [][]string{
	nil,
	{"account"},
	{"accounts"},
	{"account", "course", "user"},
	{"account", "course", "assignment", "result"},
	{"account", "course", "assignment", "results"},
	{"account", "course", "assignment", "uploads"},
	{"account", "course", "assignment", "itemAnalysis"},
	{"account", "course", "assignment", "itemAnalysis", "items"},
}

// servers are three servers of one store: fast has the fast path, slow only the resolvers, and
// mixed a fast path that leaves some root fields to the resolvers.
type servers struct{ fast, mixed, slow *graph.Server }

func newServers(t testing.TB, s *db.Store) *servers {
	t.Helper()
	return newServersWithPages(t, s, 0, 0)
}

// newServersWithPages returns servers with default lengths of pages, and of pages inside connections; 0 is the usual
// one.
func newServersWithPages(t testing.TB, s *db.Store, page, nested int) *servers {
	t.Helper()
	conf := graph.Config{
		Store: s, Log: slog.New(slog.DiscardHandler), PublicURL: "https://results.example",
		Limits: graph.Limits{Nodes: 1 << 40, Values: 1 << 40, Rows: 1 << 40, Depth: 30, Fields: 5000, Aliases: 5000, Timeout: time.Minute, MaxPage: 1000, PageSize: page, NestedPageSize: nested},
	}
	out := &servers{fast: graph.NewServer(conf)}
	conf.MakeSlow("Query.accounts", "Viewer.courses")
	out.mixed = graph.NewServer(conf)
	conf.DisableFastPath = true
	out.slow = graph.NewServer(conf)
	return out
}

// execute sends an operation to a server. It returns the body of the response and the path that
// answered: fast, mixed or resolvers.
func execute(t tester, server *graph.Server, caller *access.Principal, op string) (body []byte, path string) {
	t.Helper()
	return executeWith(t, server, caller, op, nil)
}

// executeWith is execute with variables.
func executeWith(t tester, server *graph.Server, caller *access.Principal, op string, variables map[string]any) (body []byte, path string) {
	t.Helper()
	w := httptest.NewRecorder()
	server.ServeCaller(w, requestWith(t, access.WithPrincipal(t.Context(), caller), op, variables))
	path = w.Header().Get(fastpath.Header)
	if strings.Contains(path, "error") && !bytes.Contains(w.Body.Bytes(), []byte(`"errors":[`)) {
		t.Errorf("%s fails only on the fast path", op)
	}
	path, _, _ = strings.Cut(path, ";")
	return w.Body.Bytes(), path
}

func request(t tester, ctx context.Context, op string) *http.Request {
	t.Helper()
	return requestWith(t, ctx, op, nil)
}

func requestWith(t tester, ctx context.Context, op string, variables map[string]any) *http.Request {
	t.Helper()
	text, err := json.Marshal(map[string]any{"query": op, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// callers returns principals with different roles, by name.
func callers(t *testing.T, s *db.Store, one, two *courseFixture) map[string]*access.Principal {
	t.Helper()
	ids, err := s.UserIDs(t.Context(), one.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	first, second := one.course.MomotorID, two.course.MomotorID
	with := func(user int64, grants ...access.Grant) *access.Principal {
		return &access.Principal{Kind: access.APIKey, Name: "caller", Prefix: "prefix", UserID: user, Grants: grants}
	}
	pseudonymous, figuresOnly := with(0, access.Grant{CourseID: first, Roles: access.Teacher}), with(0, access.Grant{CourseID: first, Roles: access.Teacher})
	dbtest.MakePseudonymous(t, s, pseudonymous)
	figuresOnly.MinGroup = 5
	return map[string]*access.Principal{
		"pseudonymous":              pseudonymous,
		"figures only":              figuresOnly,
		"reviewer":                  with(0, access.Grant{CourseID: first, Roles: access.Teacher}, access.Grant{CourseID: second, Roles: access.Teacher}),
		"teacher of another course": with(0, access.Grant{CourseID: second, Roles: access.Teacher}),
		"student":                   with(ids[1001005], access.Grant{CourseID: first, Roles: access.Student}),
		"student and teacher":       with(ids[1001005], access.Grant{CourseID: first, Roles: access.Student}, access.Grant{CourseID: second, Roles: access.Teacher}),
		"designer":                  with(ids[1001001], access.Grant{CourseID: first, Roles: access.Designer}),
		"no grants":                 with(0),
	}
}

// addVariedResults adds results with unusual values. Each nullable value is null at random.
func addVariedResults(t *testing.T, s *db.Store, c *courseFixture) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	ids, err := s.UserIDs(t.Context(), c.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	var items []*ingest.ResultItem
	at := time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC)
	for i := range 40 {
		item := &ingest.ResultItem{Result: db.Result{
			CourseID: c.course.MomotorID, AssignmentID: c.assignment.MomotorID, UserID: ids[1001000+int64(i%7)], Attempt: 10 + i,
			State: []db.ResultState{db.StatePaused, db.StateQueued, db.StateProcessing, db.StateDone}[i%4], IsLate: i%3 == 0,
			SubmittedAt: at.Add(time.Duration(rnd.IntN(1e9)) * time.Microsecond),
			Accepted:    orNil(rnd, i%2 == 0), HasError: orNil(rnd, i%5 == 0), Secret: orNil(rnd, i%4 == 0), SecondsLate: orNil(rnd, float64(i)/8),
			Score: orNil(rnd, unusualFloats[rnd.IntN(len(unusualFloats))]), ScoreReviewer: orNil(rnd, unusualFloats[rnd.IntN(len(unusualFloats))]), Progress: orNil(rnd, 0.1),
			QueuedAt: orNil(rnd, at), StartedAt: orNil(rnd, at.Add(time.Microsecond)), ProcessedAt: orNil(rnd, at.Add(120*time.Millisecond)),
			Label: orNil(rnd, unusualTexts[rnd.IntN(len(unusualTexts))]), Summary: orNil(rnd, unusualTexts[rnd.IntN(len(unusualTexts))]), PreviewURL: orNil(rnd, "https://canvas.example/?a=1&b=2"),
		}}
		for j := range rnd.IntN(5) {
			step := &db.Step{
				Position: j / 2, Task: j % 2, TaskID: fmt.Sprintf("step.%d.%d", j/2, j%2), StepID: fmt.Sprintf("step.%d", j/2), Accepted: j == 0, HasError: orNil(rnd, true),
				Secret: orNil(rnd, j == 1), Hidden: j == 2, Outcome: orNil(rnd, db.OutcomeSkip), Score: orNil(rnd, unusualFloats[rnd.IntN(len(unusualFloats))]),
				MaxScore: orNil(rnd, 10.0), Label: orNil(rnd, unusualTexts[rnd.IntN(len(unusualTexts))]), Summary: orNil(rnd, unusualTexts[rnd.IntN(len(unusualTexts))]),
			}
			if j == 3 {
				step.Details = json.RawMessage(`{"z":[1,2.50,"é"],"a":null}`)
			}
			item.Steps = append(item.Steps, step)
		}
		items = append(items, item)
	}
	results, steps := make([]*db.Result, len(items)), []*db.Step(nil)
	for i, item := range items {
		results[i], steps = &item.Result, append(steps, item.Steps...)
	}
	requireValues(t, results, "Revision") // ingest sets Revision
	requireValues(t, steps)
	if _, err := ingest.UpsertResults(t.Context(), s, items, at); err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, s, fmt.Sprintf(`UPDATE assignment SET due_at = '2026-02-28 23:00:00.25+00:00', unlock_at = '2026-02-01 00:00:00+00:00', lock_at = '2026-03-07 00:00:00+00:00',
		points_possible = 7.5, grading_type = 'letter_grade', position = 3 WHERE id = %d`, c.assignment.MomotorID))
}

// requireValues fails if a nullable column is null in all rows: both paths would answer null, so
// the comparison would not test the column.
func requireValues[T any](t *testing.T, rows []*T, except ...string) {
	t.Helper()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		tag := field.Tag.Get("bun")
		if len(field.Index) > 1 || field.Type.Kind() != reflect.Pointer || strings.HasSuffix(tag, ",scanonly") || slices.Contains(except, field.Name) {
			continue
		}
		if !slices.ContainsFunc(rows, func(row *T) bool { return !reflect.ValueOf(row).Elem().FieldByIndex(field.Index).IsNil() }) {
			t.Fatalf("%s.%s is null in all rows: set it in addVariedResults", reflect.TypeFor[T]().Name(), field.Name)
		}
	}
}

// addUploads adds score uploads in every state to a course, with score outcomes in every state.
func addUploads(t *testing.T, s *db.Store, c *courseFixture) {
	t.Helper()
	ctx, at, course := t.Context(), time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC), c.course.MomotorID
	ids, err := s.UserIDs(ctx, c.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UpsertCanvasAccess(ctx, &db.CanvasAccess{AccountID: c.account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	section := int64(10010)
	for i, uploadRequest := range []change.UploadRequest{{Passed: true, Failed: true}, {Passed: true, Section: &section}, {Failed: true}, {ReplaceExisting: true}} {
		err := change.InTx(ctx, s, at, func(ctx context.Context, tx *change.Tx) error {
			upload, _, err := tx.StartUpload(ctx, db.AssignmentKey{CourseID: course, ID: c.assignment.MomotorID}, uploadRequest)
			if err != nil || i == 0 {
				return err
			}
			if _, err := tx.BeginUpload(ctx, course, upload.MomotorID); err != nil {
				return err
			}
			var outcomes []*db.ScoreOutcome
			for j, state := range []db.ScoreState{db.ScorePending, db.ScoreSent, db.ScoreRefused, db.ScoreKept} {
				o := &db.ScoreOutcome{CourseID: course, UploadID: upload.MomotorID, UserID: ids[1001001+int64(j)], State: state}
				if j%2 == 1 {
					o.Grade, o.Reason = &unusualTexts[j], &unusualTexts[j]
				}
				outcomes = append(outcomes, o)
			}
			if err := tx.UpsertScoreOutcomes(ctx, outcomes); err != nil || i == 1 {
				return err
			}
			return tx.FinishUpload(ctx, course, upload.MomotorID, []string{"", "Canvas said <no>"}[i-2])
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// unusualFloats and unusualTexts are values that JSON encoders and databases can write in several
// ways.
var (
	unusualFloats = []float64{0, -0.5, 10, 1.0 / 3, 1e-7, 1e-4, 123456789, 1e15, 1e16, 1e21, -2.5e-10, 9007199254740993, 0.1 + 0.2}
	unusualTexts  = []string{"", "plain", `<b>&amp;"quoted"\</b>`, "a\u2028b\tc\nd\x01\x7f", "日本語 😀 é"}
)

// orNil returns nil with a probability of one third, and otherwise a pointer to v.
func orNil[T any](rnd *rand.Rand, v T) *T {
	if rnd.IntN(3) == 0 {
		return nil
	}
	return &v
}

// newOperationGenerator returns a generator whose operations contain ids and cursors of the store.
func newOperationGenerator(t *testing.T, servers *servers, caller *access.Principal, rootPath []string) *operationGenerator {
	t.Helper()
	page := "(first: 3) { edges { cursor node { id } } pageInfo { startCursor endCursor } }"
	body, _ := execute(t, servers.slow, caller, `{ accounts `+page+` account(canvasGuid: "guidone") { courses `+page+` course(canvasId: 1001) {
		users `+page+` assignments `+page+` a: results `+page+` sections { id }
		b: results(orderBy: {field: SCORE, direction: DESC}, first: 3) { edges { cursor } } c: results(orderBy: {field: PROCESSED_AT}, first: 3) { edges { cursor } }
		assignment(canvasId: 1501) { recipe { id } uploads(first: 1) { nodes { id } } result(userCanvasId: 1001001) { steps { id } } }
	} } }`)
	cursors := []string{"null", "null", "null", "null", `"x"`, `""`}
	for _, m := range regexp.MustCompile(`ursor":("[^"]+")`).FindAllSubmatch(body, -1) {
		cursors = append(cursors, string(m[1]))
	}
	ids := []string{`"x"`, `""`, "5", `"run.0"`, `"run.1"`}
	for _, m := range regexp.MustCompile(`"id":("[^"]+")`).FindAllSubmatch(body, -1) {
		ids = append(ids, string(m[1]))
	}
	if len(cursors) < 20 || len(ids) < 17 {
		t.Fatalf("%d cursors and %d ids in %s, want at least 20 and 17", len(cursors), len(ids), body)
	}
	return &operationGenerator{schema: exec.NewExecutableSchema(exec.Config{}).Schema(), depth: 7 - len(rootPath), rootPath: rootPath, values: map[string][]string{
		"canvasId": {"1001", "1001", "1002", "1501", "1001001", "1"}, "userCanvasId": {"1001001", "1001005", "1002001"},
		"sectionCanvasId": {"10010", "10020"}, "sectionCanvasIds": {"10010", "10020"}, "assignmentCanvasIds": {"1501", "1502"},
		"search": {`"1"`, `"ONE"`}, "userSearch": {`"1"`, `"ONE"`}, "after": cursors, "before": cursors, "last": {"null", "null", "null", "2", "0", "1001"},
		"canvasGuid": {`"guidone"`, `"guidone"`, `"guidthree"`}, "momotorId": {"null"}, "taskId": {`"run.0"`, `"run.1"`, `"none"`},
		"id": ids, "ids": ids, "ps": {"0", "0.25", "0.5", "1", "1", "2"}, "bins": {"1", "3", "10", "101"}, "from": {"null", "-1", "2.5"}, "to": {"null", "8", "2.5"},
		"by": {"STATE", "DAY", "SECTION", "ASSIGNMENT", "USER"}, "scoreBandWidth": {"10", "0.5"},
	}}
}

// coverage has two kinds of counts: the number of operations by path, and the number of fast
// operations by selected field.
type coverage map[string]int

func (c coverage) add(t tester, path, op string) {
	t.Helper()
	c[path]++
	if path != "fast" {
		return
	}
	for _, name := range graph.FieldsOf(t, op) {
		c[name]++
	}
}

// check checks that the fast path answered every field that it supports.
func (c coverage) check(t *testing.T, fields []string) {
	t.Helper()
	t.Logf("%d operations were fast, for %d fields of the schema; %d were mixed, %d slow", c["fast"], len(fields), c["mixed"], c["resolvers"])
	for _, name := range fields {
		if c[name] == 0 {
			t.Errorf("the fast path never answered %s", name)
		}
	}
	if c["fast"] < 300 || c["mixed"] < 100 {
		t.Errorf("%d operations were fast and %d mixed, want at least 300 and 100", c["fast"], c["mixed"])
	}
}
