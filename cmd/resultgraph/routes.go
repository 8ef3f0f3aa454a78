package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/answers"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/compress"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
	"github.com/momotor/resultgraph/internal/lti"
	"github.com/momotor/resultgraph/internal/metrics"
	"github.com/momotor/resultgraph/internal/page"
	"github.com/momotor/resultgraph/internal/seal"
	"github.com/momotor/resultgraph/internal/session"
	"github.com/momotor/resultgraph/internal/signin"
	"github.com/momotor/resultgraph/internal/version"
	"github.com/momotor/resultgraph/rest"
	"github.com/momotor/resultgraph/web"
)

// A server is the HTTP side of the program.
type server struct {
	store    *db.Store
	blobs    blob.Store
	jobs     graph.Jobs
	states   graph.CanvasStates // nil without access to Canvas
	settings *ServeSettings
	log      *slog.Logger
	metrics  *metrics.Metrics // nil if metrics are off
	keyUses  *access.UseRecorder[int64]
	sessions *session.Manager
	// demoCourses are the courses of --demo.
	demoCourses []int64
	// seal encrypts the states of LTI launches.
	seal *seal.Key
	// stopping makes /readyz fail, so that load balancers send no new requests.
	stopping atomic.Bool
}

// platformTimeout is the maximum duration of a request to an LTI platform.
const platformTimeout = 5 * time.Second

// routes returns the handler of all routes.
func (s *server) routes() (http.Handler, error) {
	keys := &access.Authenticator{
		Keys: s.store, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: s.log, Sessions: s.sessions,
		OnUse: func(r access.KeyRecord) { s.keyUses.Record(r.ID, r.LastUsed) },
	}
	proxies, err := s.settings.proxies()
	if err != nil {
		return nil, err
	}
	uploads := form.NewQuota(s.settings.MaxUploadSpace)
	limits := s.settings.limits()
	limits.Uploads = uploads
	conf := graph.Config{
		Store: s.store, Keys: keys, Limits: limits, PublicURL: s.settings.PublicURL,
		Blobs: s.blobs, Jobs: s.jobs, States: s.states, AnswerCache: s.settings.AnswerCache, DisableFastPath: s.settings.FastPath == "off", Log: s.log,
	}
	if s.metrics != nil {
		keys.OnFailure = s.countKeyFailure
		conf.Observe = func(o graph.OperationOutcome) { s.metrics.ObserveOperation(o.Path, o.Reason, o.Codes) }
		conf.ObserveCache = func(outcome answers.Lookup) { s.metrics.ObserveCache(string(outcome)) }
	}
	api := graph.NewServer(conf)
	restAPI, err := rest.New(rest.Config{
		Schema: exec.NewExecutableSchema(exec.Config{}).Schema(), Executor: api.TrustedExecutor(), Keys: keys, Blobs: s.blobs,
		AuthFailureStatus: s.settings.RESTAuthStatus, CSVRaw: s.settings.CSVRaw, MaxUploadBytes: s.settings.MaxUploadBytes, Uploads: uploads,
		Timeout: s.settings.OperationTimeout, Spools: api.Spools(), Log: s.log,
	})
	if err != nil {
		return nil, fmt.Errorf("load the operations of the REST API: %w", err)
	}

	r := chi.NewRouter()
	r.Use(proxies.Middleware(s.log))
	s.use(r, restAPI, api)
	r.Use(redirectBrowsers("/lti/api", "api-doc"), mountAnyMethod("/lti/api", api.WithBaseURL(restAPI)))
	r.Handle("/graphql", api)
	r.Get("/graphql/schema.graphqls", api.Schema)
	r.Group(func(r chi.Router) {
		r.Use(api.RequireCaller, api.WithBaseURL)
		r.Method(http.MethodGet, "/bundles/{id}/{name}", restAPI.BundleHandler())
		r.Method(http.MethodHead, "/bundles/{id}/{name}", restAPI.BundleHandler())
	})
	frames := &lti.Frames{Store: s.store, Now: time.Now, Log: s.log}
	pageWriter := &page.Writer{Frames: frames.Origins, Log: s.log}
	lti.New(lti.Config{
		Store: s.store, Sessions: s.sessions, Pages: pageWriter, Frames: frames, Key: s.seal, BaseURL: s.settings.baseURL,
		Transport: lti.NewTransport(s.settings.LTIPrivateHost, nil), Timeout: platformTimeout, Now: time.Now, Log: s.log,
	}).Mount(r)
	signin.New(signin.Config{Store: s.store, Sessions: s.sessions, Pages: pageWriter, DemoCourses: s.demoCourses}).Mount(r)
	pages := web.New(frames.Origins)
	for path, page := range map[string]http.Handler{"/app": pages.App(), "/graphiql": pages.GraphiQL()} {
		r.Handle(path, page)
		r.Handle(path+"/", page)
	}
	r.Mount("/lti/api-doc", rest.Documentation(pages.API()))
	r.Mount("/assets", pages.Assets())
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, "ok, "+version.Current().String())
	})
	r.Get("/readyz", s.serveReady)
	r.Get("/", redirectTo("app"))
	r.Get("/favicon.ico", pages.Icon)
	r.NotFound(pageWriter.WriteNotFound)
	return r, nil
}

// use installs the middleware of all routes. Logs and metrics are outside of the recoverer
// and the compression, so that they see panics and the size that is sent. Deadlines are outside of
// all that delays what is sent.
func (s *server) use(r chi.Router, restAPI *rest.API, api *graph.Server) {
	route := routeOf(restAPI.Route)
	r.Use(withRequestID)
	if level := s.settings.requestLevel(); s.log.Enabled(context.Background(), level) {
		r.Use(logRequests(s.log, level, route))
	}
	r.Use(withDeadlines(chunkTimeout), s.closeWhenStopping)
	if s.metrics != nil {
		s.metrics.RegisterOperations(s.store.DB().LargeReaders, s.store.DB().Waiting, api.SpooledBytes, api.CachedBytes)
		r.Use(s.metrics.Middleware(route))
	}
	r.Use(recoverPanics(s.log), allowOrigins(s.settings.CORSOrigin))
	if s.settings.Compress == "on" {
		r.Use(compress.Middleware)
	}
}

// countKeyFailure counts an API key that was rejected.
func (s *server) countKeyFailure(err error) {
	reason := "invalid"
	if errors.As(err, new(*access.ThrottledError)) {
		reason = "throttled"
	}
	s.metrics.ObserveKeyFailure(reason)
}

// serveReady answers a load balancer: 200 if it can send requests to this instance.
func (s *server) serveReady(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Load() {
		writeUnavailable(w, "stopping")
		return
	}
	if err := s.store.Ping(r.Context()); err != nil {
		s.log.ErrorContext(r.Context(), "database unavailable", "error", err)
		writeUnavailable(w, "database unavailable")
		return
	}
	writeText(w, http.StatusOK, "ok")
}

// redirectTo redirects to a relative URL, because a proxy may add a prefix to paths.
func redirectTo(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}
}

func writeUnavailable(w http.ResponseWriter, text string) {
	fault.New(fault.Unavailable, text).SetRetryAfter(w.Header())
	writeText(w, fault.Unavailable.Status, text)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(text + "\n"))
}
