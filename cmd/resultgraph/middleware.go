package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/momotor/resultgraph/internal/accept"
)

// maxRequestIDBytes is the maximum length of an id from a client. Every log line of a request has its
// id.
const maxRequestIDBytes = 128

// withRequestID adds the id of a request to its context, and to the response as X-Request-Id. The
// id is the client's X-Request-Id, unless that is too long or has unusual characters.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(middleware.RequestIDHeader)
		if !isRequestID(id) {
			id = rand.Text()
		}
		w.Header().Set(middleware.RequestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), middleware.RequestIDKey, id)))
	})
}

func isRequestID(id string) bool {
	return id != "" && len(id) <= maxRequestIDBytes && !strings.ContainsFunc(id, func(c rune) bool {
		isAlphanumeric := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !isAlphanumeric && !strings.ContainsRune("-_.:+/=@", c)
	})
}

// redirectBrowsers redirects browsers from a path, with or without a slash at its end, to the page next to it. The
// location is relative, because a proxy may add a prefix to paths.
func redirectBrowsers(path, page string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rest, ok := strings.CutPrefix(r.URL.Path, path)
			if !ok || rest != "" && rest != "/" || r.Method != http.MethodGet || !accept.PrefersHTML(r.Header) {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Vary", "Accept")
			redirectTo(strings.Repeat("../", len(rest))+page)(w, r)
		})
	}
}

// mountAnyMethod passes requests below a path, in upper or lower case, to h, whatever their
// method: chi rejects methods that it does not know.
func mountAnyMethod(path string, h http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if p := r.URL.Path; len(p) >= len(path) && strings.EqualFold(p[:len(path)], path) && strings.HasPrefix(p[len(path):]+"/", "/") {
				h.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
