package graph_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/answers"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// lookupCounts counts look-ups in the cache by their outcomes.
type lookupCounts struct {
	mu sync.Mutex
	n  map[answers.Lookup]int
}

func (c *lookupCounts) observe(outcome answers.Lookup) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[outcome]++
}

// An answersFixture has a server that keeps answers, and one that does not.
type answersFixture struct {
	store         *db.Store
	one, two      *courseFixture
	caching       *graph.Server
	fresh         *graph.Server
	counts        *lookupCounts
	callersByName map[string]*access.Principal
	// bodies are the bodies that were sent with each tag.
	bodies map[string]string
	// tags are the tags of all answers, and lastTags that of the last answer of each caller to each
	// operation.
	tags       []string
	lastTags   map[[2]string]string
	operations []string
	unchanged  int // the number of 304
	attempt    int // of the last result that was written
}

func newAnswersFixture(t *testing.T, s *db.Store, cacheBytes int) *answersFixture {
	t.Helper()
	f := &answersFixture{
		store: s, one: newCourseFixture(t, s, 1001, 8, "one"), two: newCourseFixture(t, s, 1002, 4, "two"),
		counts: &lookupCounts{n: map[answers.Lookup]int{}}, bodies: map[string]string{}, lastTags: map[[2]string]string{}, attempt: 100,
	}
	f.callersByName = callers(t, s, f.one, f.two)
	conf := graph.Config{
		Store: s, Log: slog.New(slog.DiscardHandler), PublicURL: "https://results.example",
		Limits: graph.Limits{Nodes: 1 << 40, Values: 1 << 40, Rows: 1 << 40, Depth: 30, Fields: 5000, Aliases: 5000, Timeout: time.Minute},
	}
	f.fresh = graph.NewServer(conf)
	conf.AnswerCache, conf.ObserveCache = cacheBytes, f.counts.observe
	f.caching = graph.NewServer(conf)
	return f
}

// send sends an operation, with If-None-Match if condition is not "".
func (f *answersFixture) send(t tester, server *graph.Server, method, caller, op, condition string) *httptest.ResponseRecorder {
	t.Helper()
	ctx := access.WithPrincipal(t.Context(), f.callersByName[caller])
	r := request(t, ctx, op)
	if method == http.MethodGet {
		r = httptest.NewRequestWithContext(ctx, method, "/graphql?query="+url.QueryEscape(op), http.NoBody)
	}
	if condition != "" {
		r.Header.Set("If-None-Match", condition)
	}
	w := httptest.NewRecorder()
	server.ServeCaller(w, r)
	return w
}

// check sends an operation to both servers. The server that keeps answers must send what the other one
// sends, or 304 for a tag that it sent with the same body before.
func (f *answersFixture) check(t tester, method, caller, op, condition string) {
	t.Helper()
	want := f.send(t, f.fresh, method, caller, op, "").Body.String()
	got := f.send(t, f.caching, method, caller, op, condition)
	body, tag := got.Body.String(), got.Header().Get("ETag")
	if got.Code == http.StatusNotModified {
		f.unchanged++
		body = f.bodies[tag]
	}
	if body != want {
		t.Errorf("%s gets %d, path %q, tag %s for\n%s\nwith the tag %s:\n%s\nwant\n%s", caller, got.Code, got.Header().Get(fastpath.Header), tag, op, condition, body, want)
	}
	if tag == "" {
		return
	}
	if before, ok := f.bodies[tag]; ok && before != body {
		t.Errorf("two answers have the tag %s:\n%s\n%s", tag, before, body)
	}
	f.bodies[tag], f.tags, f.lastTags[[2]string{caller, op}] = body, append(f.tags, tag), tag
}

// operation returns a new random operation or, mostly, one that was sent before.
func (f *answersFixture) operation(rt *rapid.T, generators []*operationGenerator) string {
	if len(f.operations) > 0 && rapid.IntRange(0, 7).Draw(rt, "isRepeated") > 0 {
		last := f.operations[max(0, len(f.operations)-3):]
		return rapid.SampledFrom(last).Draw(rt, "operation")
	}
	op := rapid.SampledFrom(generators).Draw(rt, "generator").operation(rt).document
	f.operations = append(f.operations, op)
	return op
}

// change makes a random change to the store.
func (f *answersFixture) change(rt *rapid.T) error {
	ctx := rt.Context()
	c := rapid.SampledFrom([]*courseFixture{f.one, f.one, f.two}).Draw(rt, "course")
	name := rapid.StringMatching("[a-z]{1,3}").Draw(rt, "name")
	key := db.AssignmentKey{CourseID: c.course.MomotorID, ID: c.assignment.MomotorID}
	ids, err := f.store.UserIDs(ctx, c.account.MomotorID)
	if err != nil {
		return err
	}
	canvasID := rapid.SampledFrom(slices.Sorted(maps.Keys(ids))).Draw(rt, "user")
	user := &db.User{MomotorID: ids[canvasID], AccountID: c.account.MomotorID, CanvasID: canvasID, Name: name, SortableName: name}
	inTx := func(f2 func(context.Context, *change.Tx) error) error {
		return change.InTx(ctx, f.store, time.Now(), f2)
	}
	exec := func(sql string) error {
		_, err := f.store.SQL().ExecContext(ctx, fmt.Sprintf(sql, name, c.course.MomotorID))
		return err
	}
	switch rapid.IntRange(0, 12).Draw(rt, "change") {
	case 0, 1:
		f.attempt++
		_, err = ingest.UpsertResults(ctx, f.store, []*ingest.ResultItem{c.resultItem(user, f.attempt, f.attempt, name, time.Now())}, time.Now())
	case 2:
		_, err = ingest.UpsertUsers(ctx, f.store, []*db.User{user})
	case 3:
		err = inTx(func(ctx context.Context, tx *change.Tx) error { return tx.RenameAssignment(ctx, key, name) })
	case 4:
		published := rapid.Bool().Draw(rt, "published")
		err = inTx(func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.Configure(ctx, key, change.Configuration{Published: &published, Config: dbtest.File(name + ".xml")})
			return err
		})
	case 5:
		err = inTx(func(ctx context.Context, tx *change.Tx) error {
			return tx.UpdateCourse(ctx, c.course.MomotorID, name, name)
		})
	case 6:
		_, err = ingest.InsertEnrollments(ctx, f.store, []*db.Enrollment{{CourseID: c.course.MomotorID, UserID: user.MomotorID, Role: db.RoleTA}})
	case 7:
		_, _, err = change.ReplaceEnrollments(ctx, f.store, c.course.MomotorID, []*db.Enrollment{{CourseID: c.course.MomotorID, UserID: user.MomotorID, Role: db.RoleStudent}})
	case 8:
		_, err = f.store.PurgeBundles(ctx, db.BundleFull, time.Now())
	case 9:
		err = exec("UPDATE step SET label = '%s' WHERE course_id = %d AND position = 0")
	case 10:
		err = exec("UPDATE section SET name = '%s' WHERE course_id = %d")
	case 11:
		err = exec("UPDATE account SET name = '%s' WHERE id = (SELECT account_id FROM course WHERE id = %d)")
	case 12:
		err = exec("DELETE FROM result_member WHERE '%s' <> '' AND course_id = %d")
	}
	return err
}

// Whatever changes, and whoever asks: an answer from the cache, an answer that the client has and an answer
// that is read are the same, and nobody gets the answer of another caller.
func TestRepeatedAnswersAreFresh(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newAnswersFixture(t, s, 1<<20)
		var generators []*operationGenerator
		servers := newServers(t, s)
		for _, path := range [][]string{nil, {"account"}, {"account", "course"}, {"account", "course", "assignment"}, {"account", "course", "results"}, {"viewer", "courses"}} {
			generators = append(generators, newOperationGenerator(t, servers, f.callersByName["reviewer"], path))
		}
		names := slices.Sorted(maps.Keys(f.callersByName))
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(20, 60).Draw(rt, "steps") {
				if rapid.IntRange(0, 14).Draw(rt, "isChange") == 0 {
					if err := f.change(rt); err != nil {
						rt.Fatal(err)
					}
					continue
				}
				caller, op := rapid.SampledFrom(names).Draw(rt, "caller"), f.operation(rt, generators)
				condition := ""
				switch rapid.IntRange(0, 3).Draw(rt, "condition") {
				case 0:
					condition = f.lastTags[[2]string{caller, op}]
				case 1:
					if len(f.tags) > 0 {
						condition = rapid.SampledFrom(f.tags[max(0, len(f.tags)-8):]).Draw(rt, "tag")
					}
				}
				f.check(rt, rapid.SampledFrom([]string{http.MethodGet, http.MethodPost}).Draw(rt, "method"), caller, op, condition)
			}
		})
		t.Logf("look-ups in the cache: %v; %d answers were unchanged", f.counts.n, f.unchanged)
		if f.counts.n[answers.Hit] < 30 || f.counts.n[answers.Outdated] < 10 || f.unchanged < 5 {
			t.Errorf("look-ups in the cache: %v; %d answers were unchanged: the test repeats too few", f.counts.n, f.unchanged)
		}
	})
}

// Large answers, which are streamed, are kept up to a quarter of the cache.
func TestCacheOfStreamedAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newAnswersFixture(t, s, 4<<20)
		big := newCourseFixture(t, s, 1003, 800, "three")
		f.callersByName["big"] = reviewerOf(big)
		operation := func(fields string) string {
			return `{ account(canvasGuid: "guidthree") { course(canvasId: 1003) { assignments { nodes { results(first: 1000) { nodes { steps { ` + fields + ` } } } } } } } }`
		}
		var many strings.Builder
		for i := range 18 {
			fmt.Fprintf(&many, " id%d: id", i)
		}
		for _, tt := range []struct {
			op   string
			path string // of the third answer
		}{
			{operation("id stepId label summary details taskId"), "cache"},
			{operation(many.String()), "fast; streamed"},
		} {
			want := f.send(t, f.fresh, http.MethodGet, "big", tt.op, "")
			for i, path := range []string{"fast; streamed", "fast; streamed", tt.path} {
				got := f.send(t, f.caching, http.MethodGet, "big", tt.op, "")
				if got.Header().Get(fastpath.Header) != path || got.Body.String() != want.Body.String() {
					t.Errorf("answer %d of %d bytes has the path %q, want %q with %d bytes", i, got.Body.Len(), got.Header().Get(fastpath.Header), path, want.Body.Len())
				}
			}
		}
	})
}

// A cache with few bytes stays within them.
func TestCacheIsBounded(t *testing.T) {
	s := dbtest.NewSQLite(t)
	f := newAnswersFixture(t, s, 64<<10)
	for i := range 200 {
		op := fmt.Sprintf(`{ account(canvasGuid: "guidone") { n%d: name course(canvasId: 1001) { results { nodes { label } } } } }`, i%100)
		for range 3 {
			f.check(t, http.MethodPost, "reviewer", op, "")
		}
	}
	if size := f.caching.CachedBytes(); size > 64<<10 || size == 0 {
		t.Errorf("the cache has %d bytes, want at most 64 KiB", size)
	}
}
