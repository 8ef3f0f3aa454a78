package main

import (
	"mime"
	"net/http"
	"strings"
	"time"
)

// Time in which a client must send its request and receive the response. transferTimeout
// excludes the time that the operation takes; fileTimeout applies to requests and responses
// with files and includes all.
const (
	transferTimeout = time.Minute
	fileTimeout     = time.Hour
)

// withDeadline closes the connections of clients that take longer than d.
func withDeadline(d time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, deadline := http.NewResponseController(w), time.Now().Add(d)
			_ = conn.SetReadDeadline(deadline) // only writers of tests do not support deadlines
			_ = conn.SetWriteDeadline(deadline)
			next.ServeHTTP(w, r)
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

// splitMultipart passes multipart forms, which may hold files, to one handler and other
// requests to another.
func splitMultipart(multipart, other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && mediaType == "multipart/form-data" {
			multipart.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}
