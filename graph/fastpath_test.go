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

// The fast path answers random operations with the same bytes as the resolvers, also when it
// leaves some root fields to them. The operations are generated from the schema, so new
// fields are covered automatically.
func TestPathsAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newClass(t, s, 1001, 7, "one"), newClass(t, s, 1002, 4, "two")
		newClass(t, s, 1003, 2, "three")
		scatter(t, s, one)
		sendScores(t, s, one)
		workOf(t, s, one)
		servers := newServers(t, s)
		people := callers(t, s, one, two)
		seen := coverage{}
		for _, op := range newAuthor(t, servers, people["reviewer"], nil).everything() {
			compare(t, servers.slow, servers.fast, people["reviewer"], op, seen)
			const slow = "{ slow: accounts { totalCount nodes { id courses(first: 1) { nodes { name } } } }"
			compare(t, servers.slow, servers.mixed, people["reviewer"], strings.Replace(op, "{", slow, 1), seen)
		}
		const rounds = 3 // of rapid's hundred operations
		for i := range rounds * len(roots) {
			a := newAuthor(t, servers, people["reviewer"], roots[i%len(roots)])
			rapid.Check(t, func(rt *rapid.T) {
				who := rapid.SampledFrom(slices.Sorted(maps.Keys(people))).Draw(rt, "who")
				op := a.operation(rt)
				for _, server := range []*graph.Server{servers.fast, servers.mixed} {
					compare(rt, servers.slow, server, people[who], op, seen)
				}
			})
		}
		seen.check(t, graph.ClassifyFields(t, s).Fast)
	})
}

// compare demands the same answer of two servers.
func compare(t tester, slow, fast *graph.Server, who *access.Principal, op string, seen coverage) {
	t.Helper()
	want, _ := ask(t, slow, who, op)
	got, path := ask(t, fast, who, op)
	if !bytes.Equal(got, want) {
		t.Fatalf("%s requests %s\n%s: %s\nresolvers: %s", who.Name, op, path, got, want)
	}
	seen.add(t, path, op)
}

// A tester is a test or one case of a property.
type tester interface {
	Context() context.Context
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Helper()
}

// roots are what random operations start from: anything, or something deep down.
var roots = [][]string{
	nil,
	{"account"},
	{"accounts"},
	{"account", "course", "user"},
	{"account", "course", "assignment", "result"},
	{"account", "course", "assignment", "results"},
	{"account", "course", "assignment", "uploads"},
}

// servers are servers of one store: with the fast path, with one that leaves some root fields
// to the resolvers, and without it.
type servers struct{ fast, mixed, slow *graph.Server }

func newServers(t testing.TB, s *db.Store) *servers {
	t.Helper()
	conf := graph.Config{
		Store: s, Log: slog.New(slog.DiscardHandler), PublicURL: "https://results.example",
		Limits: graph.Limits{Nodes: 1 << 40, Depth: 30, Fields: 5000, Aliases: 5000, Timeout: time.Minute, MaxPage: 1000},
	}
	out := &servers{fast: graph.NewServer(conf)}
	conf.MakeSlow("Query.accounts", "Viewer.courses")
	out.mixed = graph.NewServer(conf)
	conf.DisableFastPath = true
	out.slow = graph.NewServer(conf)
	return out
}

// ask sends an operation to a server, and returns the path that answered: fast, mixed or
// resolvers.
func ask(t tester, server *graph.Server, who *access.Principal, op string) (body []byte, path string) {
	t.Helper()
	w := httptest.NewRecorder()
	server.ServeCaller(w, request(t, access.WithPrincipal(t.Context(), who), op))
	path = w.Header().Get(fastpath.Header)
	if strings.Contains(path, "error") && !bytes.Contains(w.Body.Bytes(), []byte(`"errors":[`)) {
		t.Errorf("%s fails only on the fast path", op)
	}
	path, _, _ = strings.Cut(path, ";")
	return w.Body.Bytes(), path
}

func request(t tester, ctx context.Context, op string) *http.Request {
	t.Helper()
	text, err := json.Marshal(map[string]string{"query": op})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// callers are principals of every kind.
func callers(t *testing.T, s *db.Store, one, two *class) map[string]*access.Principal {
	t.Helper()
	ids, err := s.UserIDs(t.Context(), one.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	first, second := one.course.MomotorID, two.course.MomotorID
	with := func(user int64, grants ...access.Grant) *access.Principal {
		return &access.Principal{Kind: access.APIKey, Name: "caller", Prefix: "prefix", UserID: user, Grants: grants}
	}
	return map[string]*access.Principal{
		"reviewer": with(0, access.Grant{CourseID: first, Roles: access.Teacher}, access.Grant{CourseID: second, Roles: access.Teacher}),
		"stranger": with(0, access.Grant{CourseID: second, Roles: access.Teacher}),
		"learner":  with(ids[1001005], access.Grant{CourseID: first, Roles: access.Student}),
		"both":     with(ids[1001005], access.Grant{CourseID: first, Roles: access.Student}, access.Grant{CourseID: second, Roles: access.Teacher}),
		"designer": with(ids[1001001], access.Grant{CourseID: first, Roles: access.Designer}),
		"nobody":   with(0),
	}
}

// scatter adds results whose values are of every form, and missing wherever they may be.
func scatter(t *testing.T, s *db.Store, c *class) {
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
			Accepted:    maybe(rnd, i%2 == 0), HasError: maybe(rnd, i%5 == 0), Secret: maybe(rnd, i%4 == 0),
			Score: maybe(rnd, odd[rnd.IntN(len(odd))]), ScoreReviewer: maybe(rnd, odd[rnd.IntN(len(odd))]), Progress: maybe(rnd, 0.1),
			QueuedAt: maybe(rnd, at), StartedAt: maybe(rnd, at.Add(time.Microsecond)), ProcessedAt: maybe(rnd, at.Add(120*time.Millisecond)),
			Label: maybe(rnd, texts[rnd.IntN(len(texts))]), Summary: maybe(rnd, texts[rnd.IntN(len(texts))]), PreviewURL: maybe(rnd, "https://canvas.example/?a=1&b=2"),
		}}
		for j := range rnd.IntN(5) {
			step := &db.Step{
				Position: j / 2, Task: j % 2, TaskID: fmt.Sprintf("step.%d.%d", j/2, j%2), StepID: fmt.Sprintf("step.%d", j/2), Accepted: j == 0, HasError: maybe(rnd, true),
				Secret: maybe(rnd, j == 1), Hidden: j == 2, Outcome: maybe(rnd, db.OutcomeSkip), Score: maybe(rnd, odd[rnd.IntN(len(odd))]),
				MaxScore: maybe(rnd, 10.0), Label: maybe(rnd, texts[rnd.IntN(len(texts))]), Summary: maybe(rnd, texts[rnd.IntN(len(texts))]),
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
	requireValues(t, results, "Revision") // which ingest sets
	requireValues(t, steps)
	if _, err := ingest.UpsertResults(t.Context(), s, items, at); err != nil {
		t.Fatal(err)
	}
}

// requireValues fails for a column that is null in all rows, since the paths would agree on it
// whatever they do.
func requireValues[T any](t *testing.T, rows []*T, except ...string) {
	t.Helper()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		tag := field.Tag.Get("bun")
		if len(field.Index) > 1 || field.Type.Kind() != reflect.Pointer || strings.HasSuffix(tag, ",scanonly") || slices.Contains(except, field.Name) {
			continue
		}
		if !slices.ContainsFunc(rows, func(row *T) bool { return !reflect.ValueOf(row).Elem().FieldByIndex(field.Index).IsNil() }) {
			t.Fatalf("%s.%s is null in all rows: set it in scatter", reflect.TypeFor[T]().Name(), field.Name)
		}
	}
}

// sendScores adds uploads of every state to a class, with outcomes of every kind.
func sendScores(t *testing.T, s *db.Store, c *class) {
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
	for i, order := range []change.UploadRequest{{Passed: true, Failed: true}, {Passed: true, Section: &section}, {Failed: true}, {ReplaceExisting: true}} {
		err := change.InTx(ctx, s, at, func(ctx context.Context, tx *change.Tx) error {
			x, _, err := tx.StartUpload(ctx, db.AssignmentKey{CourseID: course, ID: c.assignment.MomotorID}, order)
			if err != nil || i == 0 {
				return err
			}
			if _, err := tx.BeginUpload(ctx, course, x.MomotorID); err != nil {
				return err
			}
			var outcomes []*db.ScoreOutcome
			for j, state := range []db.ScoreState{db.ScorePending, db.ScoreSent, db.ScoreRefused, db.ScoreKept} {
				o := &db.ScoreOutcome{CourseID: course, UploadID: x.MomotorID, UserID: ids[1001001+int64(j)], State: state}
				if j%2 == 1 {
					o.Grade, o.Reason = &texts[j], &texts[j]
				}
				outcomes = append(outcomes, o)
			}
			if err := tx.UpsertScoreOutcomes(ctx, outcomes); err != nil || i == 1 {
				return err
			}
			return tx.FinishUpload(ctx, course, x.MomotorID, []string{"", "Canvas said <no>"}[i-2])
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Values that are written in more than one way somewhere.
var (
	odd   = []float64{0, -0.5, 10, 1.0 / 3, 1e-7, 1e-4, 123456789, 1e15, 1e16, 1e21, -2.5e-10, 9007199254740993, 0.1 + 0.2}
	texts = []string{"", "plain", `<b>&amp;"quoted"\</b>`, "a\u2028b\tc\nd\x01\x7f", "日本語 😀 é"}
)

func maybe[T any](rnd *rand.Rand, v T) *T {
	if rnd.IntN(3) == 0 {
		return nil
	}
	return &v
}

// newAuthor returns an author who knows ids and cursors of the store.
func newAuthor(t *testing.T, l *servers, who *access.Principal, rooted []string) *author {
	t.Helper()
	page := "(first: 3) { edges { cursor node { id } } pageInfo { startCursor endCursor } }"
	body, _ := ask(t, l.slow, who, `{ accounts `+page+` account(canvasGuid: "guidone") { courses `+page+` course(canvasId: 1001) {
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
		t.Fatalf("only %d cursors and %d ids in %s", len(cursors), len(ids), body)
	}
	return &author{schema: exec.NewExecutableSchema(exec.Config{}).Schema(), depth: 7 - len(rooted), rooted: rooted, values: map[string][]string{
		"canvasId": {"1001", "1001", "1002", "1501", "1001001", "1"}, "userCanvasId": {"1001001", "1001005", "1002001"},
		"sectionCanvasId": {"10010", "10020"}, "after": cursors, "before": cursors, "last": {"null", "null", "null", "2", "0", "1001"},
		"canvasGuid": {`"guidone"`, `"guidone"`, `"guidthree"`}, "momotorId": {"null"}, "taskId": {`"run.0"`, `"run.1"`, `"none"`},
		"id": ids, "ids": ids,
	}}
}

// coverage counts how often the fast path answered each field, and how often each path
// answered.
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

// check demands that the fast path answered every field that it supports.
func (c coverage) check(t *testing.T, fields []string) {
	t.Helper()
	t.Logf("%d operations were fast, with %d fields of the schema; %d were mixed, %d slow", c["fast"], len(fields), c["mixed"], c["resolvers"])
	for _, name := range fields {
		if c[name] == 0 {
			t.Errorf("the fast path never answered %s", name)
		}
	}
	if c["fast"] < 300 || c["mixed"] < 100 {
		t.Errorf("only %d operations were fast and %d mixed", c["fast"], c["mixed"])
	}
}
