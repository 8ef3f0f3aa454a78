package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/momotor/resultgraph/internal/access"
)

// Each request is logged in one line with its route and its caller, and without its query string, also if it is
// aborted or panics.
func TestLogRequests(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newLogger(&out, slog.LevelInfo, true)
	handlers := map[string]http.HandlerFunc{
		"/done/{id}": func(w http.ResponseWriter, r *http.Request) {
			access.WithPrincipal(r.Context(), &access.Principal{Kind: access.APIKey, KeyID: 7})
			w.Write([]byte("text"))
		},
		"/user": func(_ http.ResponseWriter, r *http.Request) {
			access.WithPrincipal(r.Context(), &access.Principal{Kind: access.User, UserID: 42})
		},
		"/panics": func(http.ResponseWriter, *http.Request) { panic("a bug") },
		"/aborts": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			panic(http.ErrAbortHandler)
		},
	}
	r := chi.NewRouter()
	r.Use(withRequestID, logRequests(log, slog.LevelInfo, routeOf(func(string) string { return "" })), recoverPanics(log))
	for pattern, h := range handlers {
		r.Get(pattern, h)
	}
	for _, test := range []struct {
		path string
		want map[string]any
	}{
		{"/done/5?secret", map[string]any{"route": "/done/{id}", "path": "/done/5", "status": 200.0, "bytes": 4.0, "key": 7.0, "method": "GET", "client": "192.0.2.1"}},
		{"/user", map[string]any{"user": 42.0, "status": 200.0}},
		{"/none/" + strings.Repeat("x", 1000), map[string]any{"route": "none", "status": 404.0, "caller": "anonymous"}},
		{"/panics", map[string]any{"status": 500.0, "route": "/panics"}},
		{"/aborts", map[string]any{"status": 418.0, "aborted": true}},
	} {
		out.Reset()
		func() {
			defer func() { _ = recover() }()
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, test.path, http.NoBody))
		}()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		last := map[string]any{}
		parse(t, []byte(lines[len(lines)-1]), &last)
		if last["msg"] != "request" || last["request_id"] == nil || last["duration_ms"] == nil || len(last["path"].(string)) > maxLoggedPath {
			t.Errorf("%.20s: the line is %v", test.path, last)
		}
		for name, value := range test.want {
			if last[name] != value {
				t.Errorf("%.20s: %s is %v, want %v", test.path, name, last[name], value)
			}
		}
		if strings.Contains(out.String(), "secret") || test.path == "/panics" != strings.Contains(lines[0], "a bug") || !json.Valid([]byte(lines[0])) {
			t.Errorf("%.20s: the log is %s", test.path, out.String())
		}
	}
}
