package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
)

func TestMountAnyMethod(t *testing.T) {
	t.Parallel()
	r := chi.NewRouter()
	r.Use(mountAnyMethod("/lti/api", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })))
	r.Get("/*", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for path, want := range map[string]int{
		"/lti/api": 418, "/lti/api/": 418, "/lti/api/x": 418, "/LTI/Api/x": 418, "/lti/api//../x": 418,
		"/": 204, "/lti": 204, "/lti/ap": 204, "/lti/api-doc": 204, "/lti//api/": 204,
	} {
		for _, method := range []string{"GET", "PATCH", "FOO"} {
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
			if (w.Code == http.StatusTeapot) != (want == http.StatusTeapot) {
				t.Errorf("%s %s = %d, want %d", method, path, w.Code, want)
			}
		}
	}
}

// The id of a request is the client's if it is harmless. The response and the log have it.
func TestRequestID(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(requestHandler{slog.NewTextHandler(&log, nil)})
	h := withRequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		logger.With("a", 1).WarnContext(r.Context(), "event")
	}))
	for id, accepted := range map[string]bool{
		"7f3c-A.b_c:d+e/f=@": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "a b": false, "é": false, "a\"b": false, "a\nb": false,
	} {
		log.Reset()
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set("X-Request-Id", id)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Header().Get("X-Request-Id")
		if got == "" || (got == id) != accepted || !strings.Contains(log.String(), "request_id="+got) && !accepted {
			t.Errorf("X-Request-Id %q becomes %q, log %s", id, got, log.String())
		}
		if !strings.Contains(log.String(), "request_id=") || len(got) > 128 {
			t.Errorf("X-Request-Id %q: log %s", id, log.String())
		}
	}
}
