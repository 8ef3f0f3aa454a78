package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/go-chi/chi/v5"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/seal"
)

// newTestServer returns a server with an empty store and the default settings.
func newTestServer(t *testing.T) *server {
	t.Helper()
	var c commands
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return newServerWith(&c.Serve.ServeSettings, dbtest.Open(t, dbtest.SQLite(t)), blobs)
}

// newServerWith returns a server that logs nothing.
func newServerWith(settings *ServeSettings, store *db.Store, blobs blob.Store) *server {
	log := slog.New(slog.DiscardHandler)
	key, err := seal.ParseKey(strings.Repeat("A", 43) + "=")
	if err != nil {
		panic(err)
	}
	return &server{
		seal: key, store: store, blobs: blobs, settings: settings, log: log, sessions: newSessions(store, settings, log),
		keyUses: access.NewUseRecorder(store.RecordKeyUse, access.KeyUseResolution, time.Now, log),
	}
}

// requestsOfAllRoutes returns a request for each route, and for some paths without one.
func requestsOfAllRoutes(t *testing.T, h http.Handler) (all []*http.Request) {
	t.Helper()
	add := func(method, path string) {
		r := httptest.NewRequest(method, path, http.NoBody)
		r.Header.Set("Authorization", "Api-Key abcdefgh.secret")
		r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", len(all)) // wrong keys are limited by address
		all = append(all, r)
	}
	names := strings.NewReplacer("{id}", "1", "{name}", "recipe.xml", "*", "")
	err := chi.Walk(h.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		add(method, names.Replace(route))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/nothing", "/lti/api/account/", "/lti/api/nothing/", "/lti/api/account"} {
		add("GET", path)
		add("FOO", path)
	}
	return all
}

// A deadlineRecorder records whether a response is written without a deadline.
type deadlineRecorder struct {
	*httptest.ResponseRecorder
	deadline time.Time
	late     bool
}

func (w *deadlineRecorder) SetReadDeadline(time.Time) error { return nil }

func (w *deadlineRecorder) SetWriteDeadline(deadline time.Time) error {
	w.deadline = deadline
	return nil
}

func (w *deadlineRecorder) Write(p []byte) (int, error) {
	w.late = w.late || w.deadline.IsZero()
	return w.ResponseRecorder.Write(p)
}

// Every route has a write deadline while it writes and when it returns, and returns the id of the
// request. If the database is unavailable, every route that needs it responds with 503 and
// Retry-After.
func TestAllRoutes(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	h, err := s.routes()
	if err != nil {
		t.Fatal(err)
	}
	requests := requestsOfAllRoutes(t, h)
	if len(requests) < 20 {
		t.Fatalf("only %d routes", len(requests))
	}
	serve := func(r *http.Request) *deadlineRecorder {
		w := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(w, r)
		if w.late || w.deadline.IsZero() {
			t.Errorf("%s %s has no write deadline", r.Method, r.URL)
		}
		if w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s %s has no X-Request-Id", r.Method, r.URL)
		}
		if w.Code >= 500 && w.Code != 503 || (w.Code == 429 || w.Code == 503) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%s %s = %d with Retry-After %q", r.Method, r.URL, w.Code, w.Header().Get("Retry-After"))
		}
		return w
	}
	for _, r := range requests {
		if w := serve(r); w.Code == 503 {
			t.Errorf("%s %s = 503", r.Method, r.URL)
		}
	}
	s.store.Close()
	unavailable := map[string]bool{}
	for _, r := range requests {
		if w := serve(r); w.Code == 503 {
			unavailable[r.Method+" "+r.URL.Path] = true
		}
	}
	for _, route := range []string{"GET /readyz", "GET /graphql", "POST /graphql", "GET /bundles/1/recipe.xml", "HEAD /bundles/1/recipe.xml", "GET /lti/api/account/"} {
		if !unavailable[route] {
			t.Errorf("%s without a database is not 503", route)
		}
	}
}
