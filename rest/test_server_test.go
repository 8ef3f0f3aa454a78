package rest

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// noon is the time of all events.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A testServer serves a store with assignment 501 of course 1001, and has a key for the course.
type testServer struct {
	store      *db.Store
	blobs      *blob.Folder
	server     *httptest.Server
	key        string
	account    *db.Account
	course     *db.Course
	assignment *db.Assignment
	log        *logBuffer
	noFastPath bool        // takes effect at the next call of serve
	folder     string      // folder of the blobs
	diskFull   atomic.Bool // writes to the folder fail
}

// newTestServer starts a server without students.
func newTestServer(t testing.TB, s *db.Store) *testServer {
	t.Helper()
	folder := t.TempDir()
	blobs, err := blob.OpenFolder(folder, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := &testServer{store: s, blobs: blobs, folder: folder, log: new(logBuffer)}
	c.account = &db.Account{CanvasGUID: "guid", BaseURL: "https://canvas.example", Name: "School"}
	c.must(t)(ingest.UpsertAccounts(t.Context(), s, []*db.Account{c.account}))
	c.course = &db.Course{AccountID: c.account.MomotorID, CanvasID: 1001, Code: "2IP90", Name: "Programming"}
	c.must(t)(ingest.UpsertCourses(t.Context(), s, []*db.Course{c.course}))
	c.assignment = &db.Assignment{CourseID: c.course.MomotorID, CanvasID: 501, Name: "Sorting"}
	if _, err := ingest.UpsertAssignment(t.Context(), s, c.assignment, nil, nil, noon); err != nil {
		t.Fatal(err)
	}
	c.serve(t)
	return c
}

// must returns a function that ends the test if an insert failed, for calls such as
// c.must(t)(ingest.UpsertUsers(…)).
func (c *testServer) must(t testing.TB) func([]ingest.Change, error) {
	return func(_ []ingest.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// serve starts the server, with a key for the course.
func (c *testServer) serve(t testing.TB) {
	t.Helper()
	c.createKey(t, false)
	log := slog.New(slog.NewTextHandler(c.log, nil))
	keys := &access.Authenticator{Keys: c.store, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: log}
	server := graph.NewServer(graph.Config{
		Store: c.store, Keys: keys, DisableFastPath: c.noFastPath, Log: log, Blobs: disk{c.blobs, c}, Jobs: discardJobs{},
	})
	api, err := New(Config{
		Schema: exec.NewExecutableSchema(exec.Config{}).Schema(), Executor: server.TrustedExecutor(), Keys: keys, Blobs: c.blobs, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	// WithBaseURL is the middleware that the URLs of bundles need.
	c.server = httptest.NewServer(server.WithBaseURL(api))
	t.Cleanup(c.server.Close)
}

// createKey creates a key for the course and uses it from now on.
func (c *testServer) createKey(t testing.TB, readOnly bool) {
	t.Helper()
	c.createKeyOf(t, func(row *db.APIKey) { row.ReadOnly = readOnly })
}

// createKeyOf creates a key whose row was changed, uses it from now on and returns its prefix.
func (c *testServer) createKeyOf(t testing.TB, change func(*db.APIKey)) (prefix string) {
	t.Helper()
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	item := &db.APIKeyItem{Courses: []int64{c.course.MomotorID}, Key: db.APIKey{
		Prefix: key.Prefix(), HashedKey: key.Hash(), Name: "test", CreatedAt: noon,
	}}
	change(&item.Key)
	if err := c.store.CreateAPIKey(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	c.key = key.Reveal()
	return key.Prefix()
}

// createStudents adds students with these names to the course, with Canvas ids from 9001.
func (c *testServer) createStudents(t testing.TB, names ...string) []*db.User {
	t.Helper()
	users := make([]*db.User, len(names))
	for i, name := range names {
		users[i] = &db.User{AccountID: c.account.MomotorID, CanvasID: int64(9001 + i), Name: name, SortableName: name}
	}
	c.must(t)(ingest.UpsertUsers(t.Context(), c.store, users))
	return users
}

// result returns the queued result of an attempt.
func (c *testServer) result(u *db.User, attempt int) *ingest.ResultItem {
	return &ingest.ResultItem{Result: db.Result{
		CourseID: c.course.MomotorID, AssignmentID: c.assignment.MomotorID, UserID: u.MomotorID,
		Attempt: attempt, State: db.StateQueued, SubmittedAt: noon,
	}}
}

func (c *testServer) insertResults(t testing.TB, items ...*ingest.ResultItem) {
	t.Helper()
	c.must(t)(ingest.UpsertResults(t.Context(), c.store, items, noon))
}

// storeBundle stores content in the blob store and returns its bundle.
func (c *testServer) storeBundle(t testing.TB, kind db.BundleKind, name string, content []byte) *db.Bundle {
	t.Helper()
	digest, size, err := c.blobs.Put(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	sha256 := digest.String()
	format := db.FormatZip
	if strings.HasSuffix(name, ".xml") {
		format = db.FormatXML
	}
	return &db.Bundle{Kind: kind, Name: name, Format: format, SHA256: &sha256, Size: size}
}

// purgedBundle returns a bundle without content.
func purgedBundle(kind db.BundleKind) *db.Bundle {
	return &db.Bundle{Kind: kind, Name: "result.zip", Format: db.FormatZip, Size: 1}
}

// A response is an HTTP response with the body that was read.
type response struct {
	status int
	header http.Header
	body   string
	err    error // error of reading the body
}

// send requests a path below result/, with headers as "Name: value".
func (c *testServer) send(t testing.TB, method, path string, headers ...string) response {
	t.Helper()
	return c.request(t, method, fmt.Sprintf("/lti/api/account/%d/course/1001/assignment/501/result/%s", c.account.MomotorID, path), headers...)
}

// request requests a path, with headers as "Name: value".
func (c *testServer) request(t testing.TB, method, path string, headers ...string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.server.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Api-Key "+c.key)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return response{res.StatusCode, res.Header, string(body), err}
}

// newZip returns a zip. The files are alternating names and contents.
func newZip(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A logBuffer collects log output. It is safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (lb *logBuffer) Write(b []byte) (int, error) {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	return lb.text.Write(b)
}

func (lb *logBuffer) String() string {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	return lb.text.String()
}

// openStore opens an empty store.
func openStore(t testing.TB) *db.Store {
	t.Helper()
	return dbtest.NewSQLite(t)
}
