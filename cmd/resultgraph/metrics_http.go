package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// requested counts and times requests. Routes that chi does not know are those of other;
// what is none of either has the route none.
func (m *metrics) requested(other func(path string) string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			status := "aborted" // unless next returns
			defer func() {
				route := cmp.Or(chi.RouteContext(r.Context()).RoutePattern(), other(r.URL.Path), "none")
				m.requests.WithLabelValues(route, methodLabel(r.Method), status).Observe(time.Since(start).Seconds())
			}()
			next.ServeHTTP(ww, r)
			status = strconv.Itoa(cmp.Or(ww.Status(), http.StatusOK)) // which net/http makes of none
		})
	}
}

// methodLabel is the method, if it is one that is known: a client can send any word.
func methodLabel(method string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
		return method
	}
	return "other"
}

// start answers Prometheus at /metrics on l until stop is called. It is an address of its
// own since it asks for no key: a scraper should have none to student data, and what the
// server does is nobody else's business.
func (m *metrics) start(l net.Listener, c *console, log *slog.Logger) (stop func()) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: answerTime, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are served no longer", "error", err)
		}
	})
	fmt.Fprintf(c.out, "Metrics are at http://%s/metrics\n", l.Addr())
	return func() {
		_ = server.Close()
		serving.Wait()
	}
}
