package main

import (
	"context"
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
		return slog.New(requestHandler{slog.NewJSONHandler(c.err, opts)})
	}
	return slog.New(requestHandler{slog.NewTextHandler(c.err, opts)})
}

// A requestHandler adds the id of the request to the records that have its context.
type requestHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := middleware.GetReqID(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
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
					"bytes", ww.BytesWritten(), "duration_ms", time.Since(start).Milliseconds(), "client", access.ClientAddr(r.RemoteAddr))
			}()
			next.ServeHTTP(ww, r)
		})
	}
}
