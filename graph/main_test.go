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

// A client asks a real server over HTTP.
type client struct {
	url, key string
	// statements counts what the server asks of the store.
	statements *atomic.Int64
	log        *bytes.Buffer
}

// serve starts a server on a store.
func serve(t testing.TB, s *db.Store) *client { return servePath(t, s, false) }

// serveSlow starts a server without the fast path.
func serveSlow(t testing.TB, s *db.Store) *client { return servePath(t, s, true) }

func servePath(t testing.TB, s *db.Store, off bool) *client {
	t.Helper()
	c := &client{statements: new(atomic.Int64), log: new(bytes.Buffer)}
	s = s.WithQueryHook(counting{c.statements})
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: c.log}, nil))
	api := graph.NewServer(graph.Config{
		Store: s,
		Keys:  &access.Authenticator{Keys: s, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: log},
		// The limits have tests of their own.
		Limits: graph.Limits{Nodes: 1 << 40, Depth: 30, Timeout: time.Minute},
		Log:    log, DisableFastPath: off, PublicURL: "https://results.example",
	})
	srv := httptest.NewServer(api)
	t.Cleanup(srv.Close)
	c.url = srv.URL
	return c
}

type counting struct{ n *atomic.Int64 }

func (c counting) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	c.n.Add(1)
	return ctx
}
func (counting) AfterQuery(context.Context, *bun.QueryEvent) {}

// withKey returns the client with a new key for courses.
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
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

// query is post for operations that must succeed; it decodes the data into v.
func (c *client) query(t testing.TB, query string, variables map[string]any, v any) {
	t.Helper()
	status, answer := c.post(t, query, variables)
	var out struct {
		Data   json.RawMessage
		Errors json.RawMessage
	}
	if err := json.Unmarshal(answer, &out); err != nil || status != http.StatusOK || out.Errors != nil {
		t.Fatalf("%s answers %d %s", query, status, answer)
	}
	if err := json.Unmarshal(out.Data, v); err != nil {
		t.Fatal(err)
	}
}

type lockedWriter struct {
	busy atomic.Bool
	w    io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	for !l.busy.CompareAndSwap(false, true) {
		continue
	}
	defer l.busy.Store(false)
	return l.w.Write(p)
}

// A class is a course with one assignment that many students have handed in twice.
type class struct {
	account    *db.Account
	course     *db.Course
	assignment *db.Assignment
}

// newClass fills a store with a class; mark stands in every text of it.
func newClass(t testing.TB, s *db.Store, canvasID int64, students int, mark string) *class {
	t.Helper()
	ctx, at := t.Context(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	must := func(_ []ingest.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c := &class{account: &db.Account{CanvasGUID: "guid" + mark, BaseURL: "https://" + mark + ".example", Name: mark}}
	must(ingest.UpsertAccounts(ctx, s, []*db.Account{c.account}))
	account := c.account.MomotorID
	c.course = &db.Course{AccountID: account, CanvasID: canvasID, Code: mark, Name: mark}
	must(ingest.UpsertCourses(ctx, s, []*db.Course{c.course}))
	course := c.course.MomotorID
	section := &db.Section{AccountID: account, CourseID: course, CanvasID: canvasID * 10, Name: mark}
	must(ingest.UpsertSections(ctx, s, []*db.Section{section}))
	c.assignment = &db.Assignment{CourseID: course, CanvasID: canvasID + 500, Name: mark, Published: true}
	if _, err := ingest.UpsertAssignment(ctx, s, c.assignment, bundleFile(mark+".zip"), bundleFile(mark+".xml"), at); err != nil {
		t.Fatal(err)
	}
	users := make([]*db.User, students)
	for i := range users {
		users[i] = &db.User{AccountID: account, CanvasID: canvasID*1000 + int64(i), Name: fmt.Sprint(mark, " ", i), SortableName: mark, LoginID: &mark}
	}
	must(ingest.UpsertUsers(ctx, s, users))
	var enrollments []*db.Enrollment
	var items []*ingest.ResultItem
	for i, u := range users {
		enrollments = append(enrollments, &db.Enrollment{CourseID: course, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &section.MomotorID})
		for attempt := 1; attempt <= 2; attempt++ {
			items = append(items, c.result(u, attempt, i, mark, at))
		}
		if i > 0 && i%5 == 0 {
			items[len(items)-1].Group = []int64{u.MomotorID, users[i-1].MomotorID}
		}
	}
	must(ingest.InsertEnrollments(ctx, s, enrollments))
	must(ingest.UpsertResults(ctx, s, items, at))
	return c
}

func (c *class) result(u *db.User, attempt, i int, mark string, at time.Time) *ingest.ResultItem {
	score, yes := float64(i%10), i%2 == 0
	full := bundleFile(mark + ".zip")
	full.Kind = db.BundleFull
	product := bundleFile("product.zip")
	product.Kind = db.BundleProduct
	return &ingest.ResultItem{
		Result: db.Result{
			CourseID: c.course.MomotorID, AssignmentID: c.assignment.MomotorID, UserID: u.MomotorID, Attempt: attempt,
			State: db.StateDone, SubmittedAt: at.Add(time.Duration(i) * time.Minute), Accepted: &yes, HasError: new(bool),
			Score: &score, Label: &mark, Summary: &mark, PreviewURL: &mark,
		},
		Steps: []*db.Step{
			{Position: 0, Task: 0, TaskID: "run.0", StepID: "run", Label: &mark, Details: json.RawMessage(`{"a":1.0}`)},
			{Position: 0, Task: 1, TaskID: "run.1", StepID: "run", Secret: &yes},
			{Position: 1, TaskID: "finalize", StepID: "finalize", Accepted: yes, Summary: &mark},
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
