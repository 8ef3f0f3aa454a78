package main

import (
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/rest"
	"github.com/momotor/resultgraph/web"
)

// A site is all that the server answers.
type site struct {
	store    *db.Store
	blobs    blob.Store
	jobs     graph.Jobs
	settings *ServeSettings
	log      *slog.Logger
	metrics  *metrics // nil if nobody asks for them
	// stopping makes readiness fail, so that no new requests are sent here.
	stopping atomic.Bool
}

// handler lists every address of the server.
func (s *site) handler() (http.Handler, error) {
	keys := &access.Authenticator{
		Keys: s.store, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: s.log,
	}
	conf := graph.Config{
		Store: s.store, Keys: keys, Limits: s.settings.limits(), PublicURL: s.settings.PublicURL,
		Blobs: s.blobs, Jobs: s.jobs, DisableFastPath: s.settings.FastPath == "off", Log: s.log,
	}
	if s.metrics != nil {
		conf.Observe = s.metrics.operation
	}
	api := graph.NewServer(conf)
	lti, err := rest.New(rest.Config{
		Schema: exec.NewExecutableSchema(exec.Config{}).Schema(), Executor: api.TrustedExecutor(), Keys: keys, Blobs: s.blobs,
		AuthFailure: s.settings.AuthFailure, CSVRaw: s.settings.CSVRaw, MaxUpload: s.settings.MaxUpload, Timeout: s.settings.Timeout, Log: s.log,
	})
	if err != nil {
		return nil, fmt.Errorf("the operations of the REST API: %w", err)
	}

	r := chi.NewRouter()
	s.surround(r, lti, api)
	r.Use(under("/lti/api", within(downloadTime)(api.WithBaseURL(lti))))
	r.Handle("/graphql", withFiles(within(downloadTime)(api), within(s.settings.Timeout+answerTime)(api)))
	r.Get("/graphql/schema.graphqls", api.Schema)
	r.Group(func(r chi.Router) {
		r.Use(within(downloadTime), api.RequireKey, api.WithBaseURL)
		r.Method(http.MethodGet, "/bundles/{id}/{name}", lti.BundleHandler())
		r.Method(http.MethodHead, "/bundles/{id}/{name}", lti.BundleHandler())
	})
	pages := web.New()
	r.Mount("/graphiql", pages.GraphiQL())
	r.Mount("/lti/api-doc", rest.Documentation(pages.API()))
	r.Mount("/assets", pages.Assets())
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	r.Get("/readyz", s.ready)
	r.Get("/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/graphiql", http.StatusFound) })
	return r, nil
}

// surround sets what is around every answer. Metrics and the log see a panic, and a
// compressed answer as it is sent.
func (s *site) surround(r chi.Router, lti *rest.API, api *graph.Server) {
	r.Use(middleware.RequestID, logRequests(s.log))
	if s.metrics != nil {
		s.metrics.large(api.LargeOperations)
		r.Use(s.metrics.requested(lti.Route))
	}
	r.Use(middleware.Recoverer)
	if s.settings.Compress == "on" {
		r.Use(compressed)
	}
}

// under gives h all below a path, in upper or lower case: requests with any method
// whatever, which a router would not pass on.
func under(path string, h http.Handler) func(http.Handler) http.Handler {
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

// How long a client may take to send a request and to receive its answer, beside the
// time that making the answer takes; with files, in all.
const (
	answerTime   = time.Minute
	downloadTime = time.Hour
)

// within ends the connection of a client that is too slow.
func within(d time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, end := http.NewResponseController(w), time.Now().Add(d)
			_ = conn.SetReadDeadline(end) // a writer without deadlines is one of a test
			_ = conn.SetWriteDeadline(end)
			next.ServeHTTP(w, r)
		})
	}
}

// withFiles leaves requests that bring files to one handler, and others to another.
func withFiles(files, others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && media == "multipart/form-data" {
			files.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}

// ready tells a load balancer whether to send requests here.
func (s *site) ready(w http.ResponseWriter, r *http.Request) {
	switch err := s.store.Ping(r.Context()); {
	case s.stopping.Load():
		say(w, http.StatusServiceUnavailable, "stopping")
	case err != nil:
		s.log.ErrorContext(r.Context(), "the database does not answer", "error", err)
		say(w, http.StatusServiceUnavailable, "the database does not answer")
	default:
		say(w, http.StatusOK, "ok")
	}
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(text + "\n"))
}

// logRequests logs a line for each request, without its query string and headers: those
// may hold what nobody else is to see.
func logRequests(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			defer func() { // also when an answer is broken off, which is a panic
				log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", ww.Status(),
					"bytes", ww.BytesWritten(), "ms", time.Since(start).Milliseconds(), "id", middleware.GetReqID(r.Context()))
			}()
			next.ServeHTTP(ww, r)
		})
	}
}
