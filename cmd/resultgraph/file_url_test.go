package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// Errors under the URLs of files have the form that the README of the REST API documents: that of GraphQL
// for a key, and otherwise that of the REST API.
func TestErrorsOfFileURLs(t *testing.T) {
	t.Parallel()
	s := newKeyedServer(t, dbtest.SQLite(t))
	key := s.newKey(t).Reveal()
	for _, tt := range []struct {
		method, key string
		status      int
		body        string
	}{
		{"GET", "wrong", 401, `{"errors":[{"message":"The API key is not valid: check it, or request a new one.","extensions":{"code":"UNAUTHENTICATED"}}]}`},
		{"GET", key, 404, `{"detail":"Not found."}`},
		{"HEAD", key, 404, ""},
		{"POST", key, 405, ""},
	} {
		w := s.send(t, func() *http.Request { return httptest.NewRequest(tt.method, "/bundles/1/recipe.xml", http.NoBody) }, tt.key)
		if got := w.Body.String(); w.Code != tt.status || tt.method != "HEAD" && got != tt.body {
			t.Errorf("%s with the key %s = %d %s, want %d %s", tt.method, tt.key, w.Code, got, tt.status, tt.body)
		}
	}
}
