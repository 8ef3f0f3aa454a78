package graph_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/session"
	"github.com/momotor/resultgraph/rest"
)

var (
	visibleStores = flag.Int("visible.stores", 1, "number of random stores of TestVisible")
	visibleSeed   = flag.Uint64("visible.seed", 1, "seed of the first store of TestVisible")
)

// Every response to a caller, in GraphQL and in REST, is the same as if the store had only the rows and values
// that the caller may see: bodies, numbers, orders, figures, errors, entity tags and the number of statements
// depend on nothing else. The model of what callers may see is in visible_model_test.go. A change of rows that
// a caller does not see leaves the caller's responses unchanged (304).
//
// A failure prints the seeds of the store and of the operation. This repeats it:
//
//	go test ./graph -run 'TestVisible/sqlite/1/student_7' -rapid.seed=1234
func TestVisible(t *testing.T) {
	var operations atomic.Int64
	t.Cleanup(func() { t.Logf("compared %d operations", operations.Load()) })
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for i := range *visibleStores {
			seed := *visibleSeed + uint64(i)
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				rows := randomRows(seed)
				callers := rows.addCallers(t)
				full := newVisibleServer(t, openStore(t, s.IsPostgres()), rows)
				for _, c := range callers {
					t.Run(c.name, func(t *testing.T) { full.check(t, c, &operations) })
				}
			})
		}
	})
}

// addCallers adds keys of every kind and the sessions of some people, and returns these callers.
func (d *storeRows) addCallers(t *testing.T) (callers []*modelCaller) {
	t.Helper()
	d.keyCourses = map[int64][]int64{}
	for i, k := range []db.APIKey{{Name: "key"}, {Name: "read-only", ReadOnly: true}, {Name: "pseudonymous", Pseudonymous: true}, {Name: "figures", MinGroup: new(2)}} {
		key, err := access.NewKey(sha256Reader(k.Name))
		if err != nil {
			t.Fatal(err)
		}
		k.MomotorID, k.Prefix, k.HashedKey, k.CreatedAt = int64(i+1), key.Prefix(), key.Hash(), dbtest.Noon
		d.keys = append(d.keys, &k)
		d.keyCourses[k.MomotorID] = []int64{d.courses[i%2].MomotorID, d.courses[2].MomotorID}[:1+i%2]
		callers = append(callers, &modelCaller{name: k.Name, key: &k, header: "Authorization", value: "Api-Key " + key.Reveal()})
	}
	now := time.Now().UTC().Truncate(time.Second)
	for i, u := range d.users {
		if i%7 > 4 {
			continue
		}
		token := fmt.Sprintf("%043d", u.MomotorID)
		sum := sha256.Sum256([]byte(token))
		d.sessions = append(d.sessions, &db.Session{
			TokenHash: base64.RawURLEncoding.EncodeToString(sum[:]), UserID: u.MomotorID, Data: fmt.Sprintf(`{"user":%d}`, u.MomotorID),
			CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(time.Hour),
		})
		callers = append(callers, &modelCaller{name: fmt.Sprint("person_", i), person: u, header: "Cookie", value: "__Host-resultgraph_session=" + token})
	}
	return callers
}

// A sha256Reader is an endless source of bytes.
type sha256Reader string

func (r sha256Reader) Read(p []byte) (int, error) {
	sum := sha256.Sum256([]byte(r))
	for i := range p {
		p[i] = sum[i%len(sum)]
	}
	return len(p), nil
}

// A visibleServer serves GraphQL and REST from a store.
type visibleServer struct {
	rows       *storeRows
	store      *db.Store
	handler    http.Handler
	statements atomic.Int64
}

// openStore opens an empty store.
func openStore(t *testing.T, isPostgres bool) *db.Store {
	t.Helper()
	if isPostgres {
		return dbtest.NewPostgres(t)
	}
	return dbtest.NewSQLite(t)
}

// syncedStates returns the states of people as of the last synchronization.
type syncedStates struct{ *db.Store }

func (s syncedStates) State(ctx context.Context, _ int64, k db.MemberKey) (*db.CanvasState, error) {
	return s.SyncedState(ctx, k)
}

func newVisibleServer(t *testing.T, s *db.Store, rows *storeRows) *visibleServer {
	t.Helper()
	rows.write(t, s)
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return serveVisible(t, s, rows, blobs)
}

// serveVisible serves a store that has the rows.
func serveVisible(t *testing.T, s *db.Store, rows *storeRows, blobs blob.Store) *visibleServer {
	t.Helper()
	v := &visibleServer{rows: rows, store: s}
	log := slog.New(slog.DiscardHandler)
	counted := s.WithQueryHook(statementCounter{&v.statements})
	keys := &access.Authenticator{Keys: s, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: log, Sessions: session.New(session.Config{
		Store: s, Lifetime: time.Hour, Idle: time.Hour, IsHTTPS: func(*http.Request) bool { return true }, Now: time.Now, Log: log,
	})}
	gql := graph.NewServer(graph.Config{
		Store: counted, Keys: keys, Log: log, PublicURL: "https://results.example", States: syncedStates{s}, Blobs: blobs,
		Limits: graph.Limits{Nodes: 1 << 40, Values: 1 << 40, Depth: 30, Fields: 5000, Aliases: 5000, Timeout: time.Minute, MaxPage: 1000},
	})
	api, err := rest.New(rest.Config{Schema: exec.NewExecutableSchema(exec.Config{}).Schema(), Executor: gql.TrustedExecutor(), Keys: keys, Blobs: blobs, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", gql)
	mux.Handle("/lti/api/", gql.WithBaseURL(api))
	v.handler = mux
	return v
}

// A visibleResponse is what a caller sees of a response.
type visibleResponse struct {
	status     int
	body       string
	versions   string // in the entity tag
	path       string // the path that answered, with the number of its statements
	statements int64  // of the resolvers
}

func (r visibleResponse) String() string {
	return fmt.Sprintf("%d, tag %s, path %q, %d statements of resolvers: %.4000s", r.status, r.versions, r.path, r.statements, r.body)
}

var errorID = regexp.MustCompile(`\(error \w+ in the server's log\)`)

// send sends a request of a caller.
func (v *visibleServer) send(c *modelCaller, target string, headers ...string) (visibleResponse, string) {
	r := httptest.NewRequest(http.MethodGet, "https://results.example/", http.NoBody)
	r.URL, r.RequestURI = &url.URL{}, target
	if parsed, err := url.Parse(target); err == nil {
		r.URL = parsed
	}
	r.Header.Set(c.header, c.value)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	before := v.statements.Load()
	v.handler.ServeHTTP(w, r)
	tag := w.Header().Get("ETag")
	versions := tag
	if raw, err := base64.RawURLEncoding.DecodeString(strings.Trim(tag, `"`)); err == nil && len(raw) > 16 {
		versions = fmt.Sprintf("%x", raw[16:]) // the first part identifies the server
	}
	body := errorID.ReplaceAllString(w.Body.String(), "")
	return visibleResponse{w.Code, body, versions, w.Header().Get(fastpath.Header), v.statements.Load() - before}, tag
}

// check compares the responses to a caller with those of a store that has only what the caller may see.
func (v *visibleServer) check(t *testing.T, c *modelCaller, operations *atomic.Int64) {
	visible := (&model{v.rows, c}).visible()
	reduced := newVisibleServer(t, openStore(t, v.store.IsPostgres()), visible)
	gens := v.rows.generators()
	routes := readRoutes(t)
	found := 0
	rapid.MakeCheck(func(rt *rapid.T) {
		var targets []string
		if rapid.IntRange(0, 3).Draw(rt, "kind") == 0 {
			targets = []string{v.rows.restTarget(rt, rapid.SampledFrom(routes).Draw(rt, "route"))}
		} else {
			op := rapid.SampledFrom(gens).Draw(rt, "root").operation(rt)
			for _, variables := range op.requests {
				text, _ := json.Marshal(variables)
				targets = append(targets, "/graphql?query="+url.QueryEscape(op.document)+"&variables="+url.QueryEscape(string(text)))
			}
		}
		for _, target := range targets {
			operations.Add(1)
			got, _ := v.send(c, target)
			want, _ := reduced.send(c, target)
			if got != want {
				readable, _ := url.QueryUnescape(target)
				rt.Fatalf("%s requests %s\nfrom the store: %s\nwith what may be seen: %s", c.name, readable, got, want)
			}
			if len(got.body) > 100 && got.status == http.StatusOK {
				found++
			}
		}
	})(t)
	if found == 0 && len(visible.courses) > 0 {
		t.Errorf("no response to %s had data, so the test proves nothing", c.name)
	}
	v.checkUnchanged(t, c)
}

// checkUnchanged changes results of the courses that a caller does not see, after which the client gets 304.
func (v *visibleServer) checkUnchanged(t *testing.T, c *modelCaller) {
	target := "/graphql?query=" + url.QueryEscape(`{ viewer { name courses { nodes { name viewerRoles assignments { nodes { name } } } } } }`)
	_, tag := v.send(c, target)
	m := &model{v.rows, c}
	for _, course := range v.rows.courses {
		if m.seesCourse(course.MomotorID) || tag == "" {
			continue
		}
		dbtest.Exec(t, v.store, "UPDATE result SET is_late = NOT is_late WHERE course_id = "+strconv.FormatInt(course.MomotorID, 10))
		dbtest.Exec(t, v.store, "UPDATE result SET is_late = NOT is_late WHERE course_id = "+strconv.FormatInt(course.MomotorID, 10))
		if got, _ := v.send(c, target, "If-None-Match", tag); got.status != http.StatusNotModified {
			t.Errorf("after a change in a course that %s does not see: %d %s, want 304", c.name, got.status, got.body)
		}
	}
	dbtest.Exec(t, v.store, "UPDATE course_version SET version = 1000 + course_id")
}

// generators return generators of operations, whose arguments are ids of visible and of invisible rows.
func (d *storeRows) generators() (all []*operationGenerator) {
	values := map[string][]string{
		"after": {"null"}, "before": {"null"}, "last": {"null", "null", "2"}, "momotorId": {"null", strconv.FormatInt(d.accounts[0].MomotorID, 10)},
		"canvasGuid": {`"guidone"`, `"guidone"`, `"guidtwo"`}, "taskId": {`"run.0"`, `"run.1"`, `"finalize"`}, "search": {`"1"`, `"person"`}, "userSearch": {`"1"`, `"person"`},
		"ps": {"0", "0.5", "1"}, "bins": {"1", "3", "10"}, "from": {"null", "-1"}, "to": {"null", "8"}, "scoreBandWidth": {"10", "2"}, "asOf": {"null", `"2026-03-01T06:00:00Z"`},
		"by": {"STATE", "DAY", "SECTION", "ASSIGNMENT", "USER"},
	}
	add := func(names []string, value string) {
		for _, name := range names {
			values[name] = append(values[name], value)
		}
	}
	ids := []string{"id", "ids"}
	for _, a := range d.accounts {
		add(ids, strconv.Quote(a.ID()))
	}
	for _, c := range d.courses {
		add([]string{"canvasId"}, fmt.Sprint(c.CanvasID))
		add(ids, strconv.Quote(c.ID()))
		add([]string{"course"}, fmt.Sprintf("{id: %q}", c.ID()))
		for i, u := range d.users {
			if i%3 == 0 {
				add(ids, strconv.Quote(db.NodeID{Type: "User", Key: [4]int64{c.MomotorID, u.MomotorID}}.String()))
			}
		}
	}
	for _, s := range d.sections {
		add([]string{"sectionCanvasId", "sectionCanvasIds"}, fmt.Sprint(s.CanvasID))
		add(ids, strconv.Quote(s.ID()))
	}
	for _, u := range d.users {
		add([]string{"userCanvasId", "canvasId"}, fmt.Sprint(u.CanvasID))
	}
	for _, a := range d.assignments {
		add([]string{"canvasId", "assignmentCanvasIds"}, fmt.Sprint(a.CanvasID))
		add(ids, strconv.Quote(a.ID()))
	}
	for i, r := range d.results {
		if i%2 == 0 {
			add(ids, strconv.Quote(r.ID()))
		}
	}
	for i := range d.steps {
		if i%5 == 0 {
			add(ids, strconv.Quote(d.steps[i].ID()))
		}
	}
	for i := range d.bundles {
		if i%5 == 0 {
			add(ids, strconv.Quote(d.bundles[i].ID()))
		}
	}
	for _, u := range d.uploads {
		add(ids, strconv.Quote(u.ID()))
	}
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	for _, path := range append(slices.Clone(rootPaths), visiblePaths...) {
		g := &operationGenerator{schema: schema, depth: max(2, 6-len(path)), rootPath: path, values: values, existing: d.existingObjects()}
		all = append(all, g)
	}
	return all
}

// visiblePaths are root paths to rows of every kind, from the courses of the caller.
var visiblePaths = [][]string{
	{"viewer"}, {"account", "course"}, {"node"},
	{"viewer", "courses", "nodes"}, {"viewer", "courses", "nodes", "assignments", "nodes"}, {"viewer", "courses", "nodes", "users", "nodes"},
	{"viewer", "courses", "nodes", "results"}, {"viewer", "courses", "nodes", "results", "nodes"},
	{"viewer", "courses", "nodes", "results", "nodes", "steps"}, {"viewer", "courses", "nodes", "results", "nodes", "bundles"},
	{"viewer", "courses", "nodes", "results", "nodes", "group"}, {"viewer", "courses", "nodes", "users", "nodes", "results", "nodes"},
	{"viewer", "courses", "nodes", "sections"}, {"viewer", "courses", "nodes", "assignments", "nodes", "result", "stepGroups"},
	{"viewer", "courses", "nodes", "assignments", "nodes", "results", "nodes"},
}

// existingObjects returns arguments of the fields of root paths: often those that select most rows.
func (d *storeRows) existingObjects() map[string][]string {
	objects := map[string][]string{
		"account": {`(canvasGuid: "guidone")`, `(canvasGuid: "guidone")`, `(canvasGuid: "guidtwo")`}, "results": {"", "(pick: ALL)", "(pick: ALL)", "(pick: BEST)"},
		"viewer": {""}, "courses": {""}, "nodes": {""}, "users": {""}, "assignments": {""}, "sections": {""}, "steps": {""}, "bundles": {""}, "group": {""}, "stepGroups": {""},
	}
	add := func(name, argument string, values ...any) {
		objects[name] = append(objects[name], fmt.Sprintf(argument, values...))
	}
	for _, c := range d.courses {
		add("course", "(canvasId: %d)", c.CanvasID)
	}
	for _, a := range d.assignments {
		add("assignment", "(canvasId: %d)", a.CanvasID)
	}
	for _, u := range d.users {
		add("user", "(canvasId: %d)", u.CanvasID)
		add("result", "(userCanvasId: %d)", u.CanvasID)
	}
	return objects
}

// readRoutes returns the paths of the routes that read.
func readRoutes(t *testing.T) (paths []string) {
	t.Helper()
	text, err := os.ReadFile("../rest/testdata/contract/routes.json")
	if err != nil {
		t.Fatal(err)
	}
	var contract struct {
		Routes []struct{ Method, Path string }
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&contract); err != nil {
		t.Fatal(err)
	}
	for _, r := range contract.Routes {
		if r.Method == http.MethodGet {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

var pathParameter = regexp.MustCompile(`(\w+)/{\w+}`)

// restTarget fills in the parameters of a path, with ids of visible and of invisible rows.
func (d *storeRows) restTarget(rt *rapid.T, path string) string {
	account := rapid.SampledFrom([]*db.Account{d.accounts[0], d.accounts[0], d.accounts[1]}).Draw(rt, "account")
	course := rapid.SampledFrom([]int64{1001, 1001, 1002, 2001}).Draw(rt, "course")
	user := rapid.SampledFrom(d.users).Draw(rt, "user").CanvasID
	assignment := course + 500 + int64(rapid.IntRange(0, 2).Draw(rt, "assignment"))
	target := pathParameter.ReplaceAllStringFunc(path, func(s string) string {
		segment, _, _ := strings.Cut(s, "/")
		value := map[string]any{
			"account": account.MomotorID, "course": course, "user": user, "result": user, "assignment": assignment,
			"attempt": rapid.IntRange(1, 3).Draw(rt, "attempt"), "step": rapid.SampledFrom([]string{"run.0", "run.1", "finalize"}).Draw(rt, "step"),
		}[segment]
		if value == nil {
			value = "result.xml"
		}
		return fmt.Sprint(segment, "/", value)
	})
	if rapid.IntRange(0, 4).Draw(rt, "filtered") == 0 {
		target += fmt.Sprintf("?section=%d", course*10+int64(rapid.IntRange(0, 1).Draw(rt, "section")))
	}
	return target
}
