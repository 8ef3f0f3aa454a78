package main

import (
	"cmp"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/momotor/resultgraph/internal/access"
)

// maxLoggedPath is the number of bytes of a path in the log. Clients choose unknown paths.
const maxLoggedPath = 256

// logRequests logs each request at a level, in one line, without its query string and headers, which may hold
// credentials and personal data. The parameter route returns the pattern of its route.
func logRequests(log *slog.Logger, level slog.Level, route func(*http.Request) string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ctx, caller := access.WithCallerRecord(r.Context())
			r = r.WithContext(ctx)
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			isAborted := true // unless next returns
			defer func() {    // deferred because a handler aborts a response by a panic
				attrs := []slog.Attr{
					slog.String("method", r.Method), slog.String("route", route(r)), slog.String("path", r.URL.Path[:min(len(r.URL.Path), maxLoggedPath)]),
					slog.Int("status", cmp.Or(ww.Status(), http.StatusOK)), slog.Int("bytes", ww.BytesWritten()),
					slog.Float64("duration_ms", float64(time.Since(start).Microseconds())/1000), slog.String("client", access.ClientAddr(r.RemoteAddr)),
					caller.Identity().LogAttr(),
				}
				if isAborted {
					attrs = append(attrs, slog.Bool("aborted", true))
				}
				log.LogAttrs(ctx, level, "request", attrs...)
			}()
			next.ServeHTTP(ww, r)
			isAborted = false
		})
	}
}

// routeOf returns a function that returns the pattern of the chi route of a request, else the result of restRoute for
// its path, else "none".
func routeOf(restRoute func(path string) string) func(*http.Request) string {
	return func(r *http.Request) string {
		return cmp.Or(chi.RouteContext(r.Context()).RoutePattern(), restRoute(r.URL.Path), "none")
	}
}

// recoverPanics answers a request whose handler panics with 500, and logs the panic.
func recoverPanics(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				p := recover()
				if p == nil {
					return
				}
				if p == http.ErrAbortHandler {
					panic(p) // package http aborts the response
				}
				log.ErrorContext(r.Context(), "a request panicked", "error", p, "stack", string(debug.Stack()))
				w.WriteHeader(http.StatusInternalServerError)
			}()
			next.ServeHTTP(w, r)
		})
	}
}
