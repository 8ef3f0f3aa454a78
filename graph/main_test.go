package graph_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// A client sends operations to a real server over HTTP.
type client struct {
	url, key string
	// statements is the number of statements that the server ran.
	statements *atomic.Int64
	log        *bytes.Buffer
}

// startServer starts a server with a store.
func startServer(t testing.TB, s *db.Store) *client { return startServerWith(t, s, false) }

// startSlowServer starts a server without the fast path.
func startSlowServer(t testing.TB, s *db.Store) *client { return startServerWith(t, s, true) }

func startServerWith(t testing.TB, s *db.Store, disableFastPath bool) *client {
	t.Helper()
	c := &client{statements: new(atomic.Int64), log: new(bytes.Buffer)}
	s = s.WithQueryHook(statementCounter{c.statements})
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: c.log}, nil))
	api := graph.NewServer(graph.Config{
		Store: s,
		Keys:  &access.Authenticator{Keys: s, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: log},
		// Other tests check the limits.
		Limits: graph.Limits{Nodes: 1 << 40, Values: 1 << 40, Rows: 1 << 40, Depth: 30, Timeout: time.Minute},
		Log:    log, DisableFastPath: disableFastPath, PublicURL: "https://results.example",
	})
	srv := httptest.NewServer(api)
	t.Cleanup(srv.Close)
	c.url = srv.URL
	return c
}

type statementCounter struct{ n *atomic.Int64 }

func (c statementCounter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	c.n.Add(1)
	return ctx
}
func (statementCounter) AfterQuery(context.Context, *bun.QueryEvent) {}

// withKey returns the client with a new API key for some courses.
func (c client) withKey(t testing.TB, s *db.Store, courses ...int64) *client {
	t.Helper()
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	item := &db.APIKeyItem{Courses: courses, Key: db.APIKey{
		Prefix: key.Prefix(), HashedKey: key.Hash(), Name: "test", CreatedAt: time.Now(),
	}}
	if err := s.CreateAPIKey(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	c.key = key.Reveal()
	return &c
}

// post sends an operation and returns the status and the body.
func (c *client) post(t testing.TB, query string, variables map[string]any) (int, []byte) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Api-Key "+c.key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	reply, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, reply
}

// query sends an operation that must succeed, and decodes the data of the response into v.
func (c *client) query(t testing.TB, query string, variables map[string]any, v any) {
	t.Helper()
	status, reply := c.post(t, query, variables)
	var out struct {
		Data   json.RawMessage
		Errors json.RawMessage
	}
	if err := json.Unmarshal(reply, &out); err != nil || status != http.StatusOK || out.Errors != nil {
		t.Fatalf("%s = %d %s, want 200 without errors", query, status, reply)
	}
	if err := json.Unmarshal(out.Data, v); err != nil {
		t.Fatal(err)
	}
}

// A lockedWriter is a writer that goroutines can share.
type lockedWriter struct {
	locked atomic.Bool
	w      io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	for !l.locked.CompareAndSwap(false, true) {
		continue
	}
	defer l.locked.Store(false)
	return l.w.Write(p)
}

// A courseFixture is a course with one assignment. Every student has two attempts of the
// assignment.
type courseFixture struct {
	account    *db.Account
	course     *db.Course
	assignment *db.Assignment
}

// newCourseFixture adds a course to a store. The names of the course, its users and its assignment
// contain name.
func newCourseFixture(t testing.TB, s *db.Store, canvasID int64, students int, name string) *courseFixture {
	t.Helper()
	ctx, now := t.Context(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	must := func(_ []ingest.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c := &courseFixture{account: &db.Account{CanvasGUID: "guid" + name, BaseURL: "https://" + name + ".example", Name: name}}
	must(ingest.UpsertAccounts(ctx, s, []*db.Account{c.account}))
	account := c.account.MomotorID
	c.course = &db.Course{AccountID: account, CanvasID: canvasID, Code: name, Name: name}
	must(ingest.UpsertCourses(ctx, s, []*db.Course{c.course}))
	course := c.course.MomotorID
	section := &db.Section{AccountID: account, CourseID: course, CanvasID: canvasID * 10, Name: name}
	must(ingest.UpsertSections(ctx, s, []*db.Section{section}))
	c.assignment = &db.Assignment{CourseID: course, CanvasID: canvasID + 500, Name: name, Published: true}
	if _, err := ingest.UpsertAssignment(ctx, s, c.assignment, bundleFile(name+".zip"), bundleFile(name+".xml"), now); err != nil {
		t.Fatal(err)
	}
	users := make([]*db.User, students)
	for i := range users {
		users[i] = &db.User{AccountID: account, CanvasID: canvasID*1000 + int64(i), Name: fmt.Sprint(name, " ", i), SortableName: name, LoginID: &name}
	}
	must(ingest.UpsertUsers(ctx, s, users))
	var enrollments []*db.Enrollment
	var items []*ingest.ResultItem
	for i, u := range users {
		enrollments = append(enrollments, &db.Enrollment{CourseID: course, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &section.MomotorID})
		for attempt := 1; attempt <= 2; attempt++ {
			items = append(items, c.resultItem(u, attempt, i, name, now))
		}
		if i > 0 && i%5 == 0 {
			items[len(items)-1].Group = []int64{u.MomotorID, users[i-1].MomotorID}
		}
	}
	must(ingest.InsertEnrollments(ctx, s, enrollments))
	must(ingest.UpsertResults(ctx, s, items, now))
	return c
}

func (c *courseFixture) resultItem(u *db.User, attempt, i int, name string, now time.Time) *ingest.ResultItem {
	score, accepted := float64(i%10), i%2 == 0
	full := bundleFile(name + ".zip")
	full.Kind = db.BundleFull
	product := bundleFile("product.zip")
	product.Kind = db.BundleProduct
	return &ingest.ResultItem{
		Result: db.Result{
			CourseID: c.course.MomotorID, AssignmentID: c.assignment.MomotorID, UserID: u.MomotorID, Attempt: attempt,
			State: db.StateDone, SubmittedAt: now.Add(time.Duration(i) * time.Minute), Accepted: &accepted, HasError: new(bool),
			Score: &score, Label: &name, Summary: &name, PreviewURL: &name,
		},
		Steps: []*db.Step{
			{Position: 0, Task: 0, TaskID: "run.0", StepID: "run", Label: &name, Details: json.RawMessage(`{"a":1.0}`)},
			{Position: 0, Task: 1, TaskID: "run.1", StepID: "run", Secret: &accepted},
			{Position: 1, TaskID: "finalize", StepID: "finalize", Accepted: accepted, Summary: &name},
		},
		Bundles: []*db.Bundle{full, product},
	}
}

func bundleFile(name string) *db.Bundle {
	sha := []byte("0000000000000000000000000000000000000000000000000000000000000000")
	copy(sha, name)
	text := string(sha)
	return &db.Bundle{Name: name, Format: db.FormatZip, SHA256: &text, Size: 1}
}
