package metrics

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// scrapeTimeout limits how long a scraper takes to receive the metrics.
const scrapeTimeout = time.Minute

// Middleware counts and times requests. The parameter routeOf returns the pattern of the route of a request,
// which is from a fixed set.
func (m *Metrics) Middleware(routeOf func(*http.Request) string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			status := "aborted" // unless next returns
			defer func() {
				m.requests.WithLabelValues(routeOf(r), methodLabel(r.Method), status).Observe(time.Since(start).Seconds())
			}()
			next.ServeHTTP(ww, r)
			status = strconv.Itoa(cmp.Or(ww.Status(), http.StatusOK)) // net/http sends 200 if a handler sets none
		})
	}
}

// methodLabel returns a known method as it is, and "other" for the rest: clients may send
// any word.
func methodLabel(method string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
		return method
	}
	return "other"
}

// Serve serves the metrics at /metrics on l until stop is called. It needs a listener of its
// own because it does not authenticate: a scraper should not hold a key to student data, and
// clients of the API should not see the metrics.
func (m *Metrics) Serve(l net.Listener, log *slog.Logger) (stop func()) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: scrapeTimeout, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics server failed", "error", err)
		}
	})
	return func() {
		_ = server.Close()
		running.Wait()
	}
}
