package main

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/momotor/resultgraph/internal/access"
)

// logger returns the logger of a command.
func (s *Settings) logger(c *console) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the flag is an enum of valid levels
	opts := &slog.HandlerOptions{Level: level}
	if s.LogJSON {
		return slog.New(slog.NewJSONHandler(c.err, opts))
	}
	return slog.New(slog.NewTextHandler(c.err, opts))
}

// logRequests logs each request, without its query string and headers, which may hold
// credentials and personal data.
func logRequests(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			defer func() { // deferred because a handler aborts a response by a panic
				log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", ww.Status(),
					"bytes", ww.BytesWritten(), "duration_ms", time.Since(start).Milliseconds(), "client", access.ClientAddr(r.RemoteAddr), "request_id", middleware.GetReqID(r.Context()))
			}()
			next.ServeHTTP(ww, r)
		})
	}
}
