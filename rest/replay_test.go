package rest

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/importer"
)

// The responses to the recorded requests equal the recorded responses, except for the differences in
// the README.
func TestReplay(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		if !d.inReadme(string(readme)) {
			t.Errorf("the README's table of deliberate differences lacks %q", d.name)
		}
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		server := serveRecordedData(t, s, "testdata/wire")
		count := map[string]int{}
		for _, rec := range loadRecordings(t) {
			count[rec.compare(t, server)]++
			if rec.Name == "patch.bool_false_again" {
				publish(t, s) // the original API published its assignments at this point of the recordings
			}
		}
		t.Logf("replay: %d passed, %d deliberate differences, %d failed", count["passed"], count["different"], count["failed"])
	})
}

// publish publishes the results of assignment 501.
func publish(t *testing.T, s *db.Store) {
	t.Helper()
	courses, err := s.ListCourseIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	published := true
	for _, course := range courses {
		ids, err := s.AssignmentIDs(t.Context(), course)
		if err != nil {
			t.Fatal(err)
		}
		if ids[501] == 0 {
			continue
		}
		err = change.InTx(t.Context(), s, noon, func(ctx context.Context, c *change.Tx) error {
			_, err := c.Configure(ctx, db.AssignmentKey{CourseID: course, ID: ids[501]}, change.Configuration{Published: &published})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A recordedServer serves the data of the recordings.
type recordedServer struct {
	*httptest.Server
	blobs *blob.Folder
	// token is that of the session of a teacher of course 1001.
	token string
}

func (s *recordedServer) address() string { return s.Listener.Addr().String() }

// sessionCookie is the name of the cookie with the token of a session over HTTPS.
const sessionCookie = "__Host-resultgraph_session"

// serveRecordedData imports an export folder into a store and serves the store.
func serveRecordedData(t testing.TB, s *db.Store, folder string) *recordedServer {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	im := importer.Importer{Store: s, Blobs: blobs, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
	report, err := im.Run(t.Context(), os.DirFS(folder))
	if err != nil || report.RejectedLines() > 0 {
		t.Fatalf("import %s: %v; rejected: %v", folder, err, report.Rejections)
	}
	ids, err := s.AccountIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: id, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
	}
	return &recordedServer{serveStore(t, s, blobs), blobs, signIn(t, s, 1001, db.RoleTeacher)}
}

// discardJobs is a queue that discards its jobs.
type discardJobs struct{}

func (discardJobs) Insert(context.Context, *sql.Tx, ...river.JobArgs) error { return nil }

// newServers returns an API of a store and the GraphQL server with its executor.
func newServers(t testing.TB, s *db.Store, blobs blob.Store) (*API, *graph.Server) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	keys := &access.Authenticator{Keys: s, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: log, Sessions: newSessions(s)}
	server := graph.NewServer(graph.Config{Store: s, Keys: keys, Log: log, Blobs: blobs, Jobs: discardJobs{}, States: syncedStates{s}})
	api, err := New(Config{
		Schema: exec.NewExecutableSchema(exec.Config{}).Schema(), Executor: server.TrustedExecutor(), Keys: keys, Blobs: blobs, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return api, server
}

// serveStore serves a store.
func serveStore(t testing.TB, s *db.Store, blobs blob.Store) *httptest.Server {
	t.Helper()
	api, gql := newServers(t, s, blobs)
	rest := gql.WithBaseURL(api)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/graphql" {
			gql.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	}))
	server.Config.MaxHeaderBytes = 64 << 10
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// compare replays a recording and compares the responses. It returns "passed", "different" for an
// intended difference, or "failed".
func (rec *recording) compare(t *testing.T, server *recordedServer) string {
	t.Helper()
	got, want := rec.replay(t, server), rec.recordedResponse()
	applied := ""
	for _, d := range differences {
		if d.apply(rec, want, got) {
			applied = cmp.Or(applied, d.name)
		}
	}
	compare := compareExactly
	if rec.Origin == "app" {
		compare = compareShape
	}
	if err := compare(want, got, applied == ""); err != nil {
		t.Errorf("%s: %s %s: %v", rec.Name, rec.Request.Method, rec.Request.Path, err)
		return "failed"
	}
	if applied != "" {
		return "different"
	}
	return "passed"
}

// compareExactly compares status, headers and body. In JSON it ignores the order of members, but
// compares every digit of a number. It compares Content-Length and the bytes of other bodies only if
// compareLength is true.
func compareExactly(want, got *wireResponse, compareLength bool) error {
	if got.status != want.status {
		return fmt.Errorf("status %d, want %d; body %s", got.status, want.status, got.text)
	}
	names := []string{
		"Content-Type", "Allow", "Vary", "X-Content-Type-Options", "X-Frame-Options",
		"Referrer-Policy", "Location", "Retry-After", "WWW-Authenticate", "Content-Disposition",
	}
	if compareLength {
		names = append(names, "Content-Length")
	}
	for _, name := range names {
		if name == "Content-Length" && want.header.Get(name) == "" {
			continue // not recorded
		}
		if got, want := got.header.Values(name), want.header.Values(name); !reflect.DeepEqual(got, want) {
			return fmt.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if n := got.header.Get("Content-Length"); got.text != "" && n != "" && n != strconv.Itoa(len(got.text)) {
		return fmt.Errorf("Content-Length %s, but the body has %d bytes", n, len(got.text))
	}
	if want.withoutBody {
		return nil
	}
	if !reflect.DeepEqual(got.tree, want.tree) {
		return fmt.Errorf("body %s\nwant %v", got.text, want.tree)
	}
	if compareLength && want.tree == nil && got.text != want.text {
		return fmt.Errorf("body %q, want %q", got.text, want.text)
	}
	return nil
}

// compareShape compares only the status, the media type, and the names and types of the JSON members.
func compareShape(want, got *wireResponse, _ bool) error {
	if got.status != want.status {
		return fmt.Errorf("status %d, want %d; body %s", got.status, want.status, got.text)
	}
	if got, want := got.header.Get("Content-Type"), want.header.Get("Content-Type"); got != want {
		return fmt.Errorf("Content-Type %q, want %q", got, want)
	}
	return sameShape("body", want.tree, got.tree) // a body that was not recorded has any shape
}

// sameShape compares types. It accepts null for any type, and additional members.
func sameShape(path string, want, got any) error {
	if want == nil || got == nil {
		return nil
	}
	if reflect.TypeOf(want) != reflect.TypeOf(got) {
		return fmt.Errorf("%s is %T, want %T", path, got, want)
	}
	switch want := want.(type) {
	case map[string]any:
		for name, v := range want {
			member, ok := got.(map[string]any)[name]
			if !ok {
				return fmt.Errorf("%s has no %s", path, name)
			}
			if err := sameShape(path+"."+name, v, member); err != nil {
				return err
			}
		}
	case []any:
		got := got.([]any)
		if len(want) != len(got) {
			return fmt.Errorf("%s has %d items, want %d", path, len(got), len(want))
		}
		for i := range want {
			if err := sameShape(fmt.Sprintf("%s[%d]", path, i), want[i], got[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
