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

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
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
		a := c.get(t, http.MethodGet, "?after=x&first=a")
		var got []struct{ User struct{ Canvas_ID int } }
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.err != nil || len(got) != students {
			t.Fatalf("a list of %d results, %v, %v, want %d", len(got), err, a.err, students)
		}
		for i, r := range got {
			if r.User.Canvas_ID != 9001+i {
				t.Fatalf("result %d is of %d, want %d", i, r.User.Canvas_ID, 9001+i)
			}
		}
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(a.body), "", "  "); err != nil {
			t.Fatal(err)
		}
		if wide := c.get(t, http.MethodGet, "", "Accept: application/json; indent=2"); wide.body != want.String() {
			t.Errorf("indented it is %d bytes, want %d", len(wide.body), want.Len())
		}
		if head := c.get(t, http.MethodHead, ""); head.status != 200 || head.body != "" || head.header.Get("Content-Type") != "application/json" {
			t.Errorf("HEAD = %d %v", head.status, head.header)
		}
	})
}

// newTestListWriter returns a writer of these pages. An empty page is an error.
func newTestListWriter(sent func() string, pages ...string) *listWriter {
	ar := &apiRequest{conf: &Config{Log: logger(io.Discard)}, operation: "List", variables: variables{}}
	next := 0
	return &listWriter{apiRequest: ar, path: "a", run: func(_ context.Context, operation string, v variables) (json.RawMessage, error) {
		i := next
		next++
		if whole := strings.Join(pages[:i], ","); i > 0 && (operation != "ListMore" || v["after"] != fmt.Sprint("c", i-1) || sent != nil && sent() != "["+whole) {
			return nil, fmt.Errorf("%s %v after %s, want %s", operation, v, sent(), whole)
		}
		if pages[i] == "" {
			return nil, errStore
		}
		more := i < len(pages)-1
		return fmt.Appendf(nil, `{"a":{"nodes":[%s],"page":{"more":%t,"end":"c%d"}}}`, strings.TrimSpace(pages[i]), more, i), nil
	}}
}

// A page is sent before the next one is read.
func TestListStreams(t *testing.T) {
	t.Parallel()
	for want, pages := range map[string][]string{
		`[]`:          {" "},
		`[1,2,[]]`:    {"1,2", "[]"},
		`[1,"],[",3]`: {"1", `"],["`, "3"},
		`[1]`:         {"1", " "}, // the others were removed
	} {
		w := httptest.NewRecorder()
		err := newTestListWriter(w.Body.String, pages...).respond(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
		if err != nil || w.Body.String() != want || len(pages) > 1 && !w.Flushed {
			t.Errorf("%q = %s, %v, want %s", pages, w.Body, err, want)
		}
	}
}

// An error before the first page is an error response. A later one ends the connection.
func TestListInterrupted(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("respond = %v, want a broken connection", newTestListWriter(nil, "1", "", "3").respond(w, r))
	}))
	t.Cleanup(srv.Close)
	res, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) || string(body) != "[1" {
		t.Errorf("reading = %s, %v, want [1 and a broken connection", body, err)
	}
	w := httptest.NewRecorder()
	err = newTestListWriter(nil, "", "2").respond(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if !errors.Is(err, errStore) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("respond = %v after %q and %v, want %v after nothing", err, w.Body, w.Header(), errStore)
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
		if a := c.get(t, http.MethodGet, path); a.status != 503 || a.body != want {
			t.Errorf("GET %s = %d %s, want 503 %s", path, a.status, a.body, want)
		}
	}
}
