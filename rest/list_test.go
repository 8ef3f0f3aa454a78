package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/spool"
)

// A list of many pages is complete, in order, and indented like a list of one page.
func TestListOfManyPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		const students = 2001
		c := newTestServer(t, s)
		items := make([]*ingest.ResultItem, students)
		for i, u := range c.createStudents(t, make([]string, students)...) {
			items[i] = c.result(u, 1)
		}
		c.insertResults(t, items...)
		res := c.send(t, http.MethodGet, "?after=x&first=a")
		var got []struct{ User struct{ Canvas_ID int } }
		if err := json.Unmarshal([]byte(res.body), &got); err != nil || res.err != nil || len(got) != students {
			t.Fatalf("GET = %d results, %v, %v, want %d results", len(got), err, res.err, students)
		}
		for i, r := range got {
			if r.User.Canvas_ID != 9001+i {
				t.Fatalf("user of result %d = %d, want %d", i, r.User.Canvas_ID, 9001+i)
			}
		}
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(res.body), "", "  "); err != nil {
			t.Fatal(err)
		}
		if indented := c.send(t, http.MethodGet, "", "Accept: application/json; indent=2"); indented.body != want.String() {
			t.Errorf("GET with indent=2 = %d bytes, want %d bytes", len(indented.body), want.Len())
		}
		if head := c.send(t, http.MethodHead, ""); head.status != 200 || head.body != "" || head.header.Get("Content-Type") != "application/json" {
			t.Errorf("HEAD = %d, headers %v, want 200, no body, application/json", head.status, head.header)
		}
	})
}

// newTestListWriter returns a writer of these pages. An empty page is an error. If output is not nil,
// it returns the response so far: every page must be in it before the next page is read.
func newTestListWriter(output func() string, pages ...string) *listWriter {
	ar := &apiRequest{conf: &Config{Log: logger(io.Discard)}, operation: "List", variables: variables{}}
	next := 0
	return &listWriter{apiRequest: ar, path: "a", run: func(_ context.Context, operation string, v variables) (json.RawMessage, error) {
		i := next
		next++
		if items := strings.Join(pages[:i], ","); i > 0 && (operation != "ListMore" || v["after"] != fmt.Sprint("c", i-1) || output != nil && output() != "["+items) {
			return nil, fmt.Errorf("run(%s, %v) after the output %s, want %s", operation, v, output(), items)
		}
		if pages[i] == "" {
			return nil, errStore
		}
		more := i < len(pages)-1
		return fmt.Appendf(nil, `{"a":{"nodes":[%s],"page":{"more":%t,"end":"c%d"}}}`, strings.TrimSpace(pages[i]), more, i), nil
	}}
}

// A page is sent before the next page is read.
func TestListStreams(t *testing.T) {
	t.Parallel()
	for want, pages := range map[string][]string{
		`[]`:          {" "},
		`[1,2,[]]`:    {"1,2", "[]"},
		`[1,"],[",3]`: {"1", `"],["`, "3"},
		`[1]`:         {"1", " "}, // the other items were deleted before the second page was read
	} {
		w := httptest.NewRecorder()
		err := newTestListWriter(w.Body.String, pages...).respond(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
		if err != nil || w.Body.String() != want || len(pages) > 1 && !w.Flushed {
			t.Errorf("respond with the pages %q = %s, %v, want %s", pages, w.Body, err, want)
		}
	}
}

// A page that is refused while others run is read again: a list that has begun goes on.
func TestListWaitsForRefusedPage(t *testing.T) {
	t.Parallel()
	l := newTestListWriter(nil, "1", "2")
	run, refusals := l.run, 1
	l.run = func(ctx context.Context, operation string, v variables) (json.RawMessage, error) {
		if operation == "ListMore" && refusals > 0 {
			refusals--
			return nil, gqlerror.List{{Err: &fault.Error{Kind: fault.RateLimited, RetryAfter: time.Millisecond}}}
		}
		return run(ctx, operation, v)
	}
	w := httptest.NewRecorder()
	if err := l.respond(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody)); err != nil || w.Body.String() != "[1,2]" || refusals != 0 {
		t.Errorf("respond = %s, %v, want [1,2] after a refusal", w.Body, err)
	}
}

// A large response waits for its client in the pool, and is a 503 with Retry-After if the pool is full.
func TestLargeResponsesAreBounded(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	pool := spool.NewPool(t.TempDir(), size, 0, logger(io.Discard))
	ar := &apiRequest{conf: &Config{Spools: pool, Log: logger(io.Discard)}}
	respond := func(w http.ResponseWriter, size int) {
		ar.respond(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody), func(w http.ResponseWriter) error {
			return ar.writeJSON(w, http.StatusOK, make([]byte, size))
		})
	}
	w := &poolRecorder{ResponseRecorder: httptest.NewRecorder(), pool: pool}
	if respond(w, size); w.Code != 200 || w.Body.Len() != size || w.kept != size || pool.Bytes() != 0 {
		t.Errorf("the response for a body of %d bytes has status %d and %d bytes, and the pool kept %d bytes", size, w.Code, w.Body.Len(), w.kept)
	}
	full := httptest.NewRecorder()
	if respond(full, size+1); full.Code != 503 || full.Header().Get("Retry-After") != "5" || !strings.Contains(full.Body.String(), "Too many large responses") {
		t.Errorf("a response that is too large for the pool = %d %v %.100s, want 503 with Retry-After", full.Code, full.Header(), full.Body)
	}
}

// A list whose first page finds no space is an error response at once.
func TestListWithoutSpace(t *testing.T) {
	t.Parallel()
	l := newTestListWriter(nil, strings.Repeat("1", 1<<20), "2")
	l.conf.Spools = spool.NewPool(t.TempDir(), 1, 0, logger(io.Discard))
	w := httptest.NewRecorder()
	err := l.respond(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if !errors.Is(err, spool.ErrFull) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("respond = %v, body of %d bytes, headers %v, want %v, no body, no headers", err, w.Body.Len(), w.Header(), spool.ErrFull)
	}
}

// A poolRecorder records how many bytes of a pool are used when the body begins.
type poolRecorder struct {
	*httptest.ResponseRecorder
	pool *spool.Pool
	kept int64
}

func (w *poolRecorder) Write(b []byte) (int, error) {
	w.kept = max(w.kept, w.pool.Bytes())
	return w.ResponseRecorder.Write(b)
}

// An error before the first page is an error response. A later error ends the connection.
func TestListInterrupted(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("respond = %v, want a panic that ends the connection", newTestListWriter(nil, "1", "", "3").respond(w, r))
	}))
	t.Cleanup(srv.Close)
	res, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) || string(body) != "[1" {
		t.Errorf("ReadAll = %s, %v, want [1 and a broken connection", body, err)
	}
	w := httptest.NewRecorder()
	err = newTestListWriter(nil, "", "2").respond(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if !errors.Is(err, errStore) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("respond = %v, body %q, headers %v, want %v, no body, no headers", err, w.Body, w.Header(), errStore)
	}
}

// An operation that exceeds the timeout is a 503.
func TestTimeout(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	api, _ := newServers(t, c.store, c.blobs)
	api.conf.Timeout = time.Nanosecond
	slow := httptest.NewServer(api)
	t.Cleanup(slow.Close)
	c.server = slow
	for _, path := range []string{"", "csv/", "9001/", "9001/bundle/", "9001/bundle/result.xml/"} {
		const want = `{"detail":"The operation took too long: try again later."}`
		if res := c.send(t, http.MethodGet, path); res.status != 503 || res.body != want {
			t.Errorf("GET %s = %d %s, want 503 %s", path, res.status, res.body, want)
		}
	}
}

// A list without pages is complete, although it is longer than a page of GraphQL.
func TestListWithoutPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		const assignments = 60
		c := newTestServer(t, s)
		for i := 1; i < assignments; i++ {
			a := &db.Assignment{CourseID: c.course.MomotorID, CanvasID: int64(501 + i), Name: "Another"}
			if _, err := ingest.UpsertAssignment(t.Context(), s, a, nil, nil, noon); err != nil {
				t.Fatal(err)
			}
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			fmt.Sprintf("%s/lti/api/account/%d/course/1001/assignment/", c.server.URL, c.account.MomotorID), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Api-Key "+c.key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var got []json.RawMessage
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil || len(got) != assignments {
			t.Errorf("GET = %d assignments, %v, want %d", len(got), err, assignments)
		}
	})
}
