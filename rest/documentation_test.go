package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Browsers get the page and programs get the document.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	h := Documentation(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
	}))
	const (
		page = "text/html"
		json = "application/json"
	)
	for _, tt := range []struct{ path, accept, want string }{
		{"/lti/api-doc", "", json},
		{"/lti/api-doc", "*/*", json},
		{"/lti/api-doc", "application/json", json},
		{"/lti/api-doc", "text/html, application/json", json},
		{"/lti/api-doc", "text/html;q=0.5, */*;q=0.8", json},
		{"/lti/api-doc", "text/html;q=0, */*", json},
		{"/lti/api-doc", "image/png", json},
		{"/lti/api-doc", ";;,/", json},
		{"/lti/api-doc", "text/html", page},
		{"/lti/api-doc", "text/*", page},
		{"/lti/api-doc", "*/*;q=0.1, TEXT/HTML ; q=0.2", page},
		{"/lti/api-doc", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", page},
		{"/lti/api-doc/", "text/html", page},
		{"/lti/api-doc/assets/page.js", "*/*", page},
		{"/lti/api-doc/openapi.json", "text/html", json},
		{"/lti/api-doc/openapi.json", "", json},
	} {
		r := httptest.NewRequest("GET", tt.path, http.NoBody)
		if tt.accept != "" {
			r.Header.Set("Accept", tt.accept)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Type"); got != tt.want {
			t.Errorf("GET %s, Accept: %q = %s, want %s", tt.path, tt.accept, got, tt.want)
		}
		negotiated := strings.TrimSuffix(tt.path, "/") == "/lti/api-doc"
		if vary := w.Header().Get("Vary"); (vary == "Accept") != negotiated {
			t.Errorf("GET %s: Vary = %q, want Accept: %t", tt.path, vary, negotiated)
		}
	}
}

// Clients cache the document: a matching If-None-Match returns 304.
func TestDocumentIsCached(t *testing.T) {
	t.Parallel()
	h := Documentation(http.NotFoundHandler())
	etag := ""
	for _, tt := range []struct {
		method, ifNoneMatch string
		status, bytes       int
	}{
		{"GET", `"x"`, 200, len(openAPIDocument)},
		{"HEAD", "", 200, 0},
		{"GET", "etag", 304, 0},
		{"POST", "", 405, len("This URL supports only GET and HEAD.\n")},
	} {
		r := httptest.NewRequest(tt.method, "/lti/api-doc/openapi.json", http.NoBody)
		if r.Header.Set("If-None-Match", tt.ifNoneMatch); tt.ifNoneMatch == "etag" {
			r.Header.Set("If-None-Match", etag)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status || w.Body.Len() != tt.bytes {
			t.Errorf("%s If-None-Match: %s = %d, %d bytes, want %d, %d bytes", tt.method, tt.ifNoneMatch, w.Code, w.Body.Len(), tt.status, tt.bytes)
		}
		etag = w.Header().Get("ETag")
	}
}
