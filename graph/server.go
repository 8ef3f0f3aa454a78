package graph

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/answers"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/spool"
)

// A Config configures a Server.
type Config struct {
	Store *db.Store
	Keys  *access.Authenticator
	// Limits bounds the cost of requests; zeros mean the defaults.
	Limits Limits
	// PublicURL is the scheme and host of the server for clients; "" means the scheme and host of
	// each request.
	PublicURL string
	// Blobs stores uploaded bundles. Without it, uploads are unavailable. Bundles bounds the cost
	// of reading a bundle; zeros mean the defaults.
	Blobs   blob.Store
	Bundles bundle.Limits
	// Jobs is the queue of background jobs. Without it, changes that need a job are unavailable.
	Jobs Jobs
	// States asks Canvas for the states of people. Without it, they are unavailable.
	States CanvasStates
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// DisableFastPath makes the resolvers answer all operations.
	DisableFastPath bool
	// AnswerCache is the maximum size of the answers that are kept in memory, in bytes; 0 keeps none.
	// ObserveCache, if not nil, is called with the outcome of each look-up there.
	AnswerCache  int
	ObserveCache func(answers.Lookup)
	// Observe, if not nil, is called after every operation, from many goroutines.
	Observe func(OperationOutcome)
	Log     *slog.Logger

	slow []string // set by MakeSlow in tests: relations that only the resolvers answer
}

// A Server answers GraphQL operations.
type Server struct {
	conf     Config
	schema   graphql.ExecutableSchema
	executor *executor.Executor
	handler  *httpHandler
	answers  *answers.Schema // nil without the fast path
}

// NewServer returns a server of the schema.
func NewServer(conf Config) *Server {
	lim := conf.Limits.orDefaults()
	if conf.Now == nil {
		conf.Now = time.Now
	}
	root := &Resolver{
		Store: conf.Store, DefaultPage: lim.PageSize, NestedPage: lim.NestedPageSize, MaxPage: lim.MaxPage,
		Blobs: conf.Blobs, Bundles: uploadLimits(conf.Bundles), checks: newChecks(), resolverSlots: newResolverSlots(), Jobs: conf.Jobs, States: conf.States, Now: conf.Now,
	}
	resolvers := exec.NewExecutableSchema(exec.Config{Resolvers: root, Directives: exec.DirectiveRoot{May: may}})
	root.figureArguments = newFigureArguments(resolvers.Schema())
	s := &Server{conf: conf}
	cache := newQueryCache()
	var schema graphql.ExecutableSchema = snapshotSchema{resolvers, conf.Store.DB(), errorPresenter(conf.Log), root.resolverSlots}
	if !conf.DisableFastPath {
		schema = newFastPath(schema, root, conf, s.checkSpools)
		s.answers = answers.New(schema, answers.Config{
			Store: conf.Store, Program: fmt.Sprint(answers.ThisProgram(), lim.PageSize, lim.NestedPageSize, lim.MaxPage),
			Base: baseURL, Trusted: isTrusted, Admit: root.admit, CacheBytes: conf.AnswerCache, Observe: conf.ObserveCache,
		})
		schema = s.answers
	}
	lim.CallerOperations = cmp.Or(lim.CallerOperations, conf.Store.Stats().MaxOpenConnections/2)
	e := newExecutor(schema, lim, cache, conf.Observe, conf.Log)
	e.Use(newStateReader(root, schema.Schema(), errorPresenter(conf.Log)))
	s.schema, s.executor, s.handler = schema, e, newHandler(e, lim, conf.Log)
	return s
}

// Spools returns the pool for large responses, which the REST API shares.
func (s *Server) Spools() *spool.Pool { return s.handler.transport.spools }

// checkSpools fails with spool.ErrFull if a large response to the caller of ctx could not be stored.
func (s *Server) checkSpools(ctx context.Context) error {
	return s.Spools().Check(access.IdentityOf(ctx).String(), int64(s.handler.transport.lim.ReplyBytes))
}

// SpooledBytes returns the number of bytes that are reserved for large responses whose clients have not
// received them yet. It is limited.
func (s *Server) SpooledBytes() int64 { return s.Spools().Bytes() }

// CachedBytes returns the number of bytes of the answers in memory.
func (s *Server) CachedBytes() int {
	if s.answers == nil {
		return 0
	}
	return s.answers.CacheSize()
}

// TrustedExecutor returns the server's executor for documents that are part of the program. The
// limits do not apply to these documents, and the query cache never evicts them, so their text must
// never come from a client. The context of an operation must come from a request that passed
// WithBaseURL.
func (s *Server) TrustedExecutor() graphql.GraphExecutor { return trustedExecutor{s.executor} }

// ServeHTTP answers a GraphQL request that carries an API key or a session.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.RequireCaller(http.HandlerFunc(s.ServeCaller)).ServeHTTP(w, r)
}

// ServeCaller answers a GraphQL request whose context already has the caller.
func (s *Server) ServeCaller(w http.ResponseWriter, r *http.Request) {
	s.WithBaseURL(s.handler).ServeHTTP(w, r)
}

// RequireCaller passes requests with a valid API key, or of a person who is signed in, to next, with the caller in their context. It
// answers all other requests with a GraphQL error. The time of authentication is a part of the time of
// the operation. If the caller is only remembered, next can send nothing until the caller is confirmed.
func (s *Server) RequireCaller(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := deadline.Start(r.Context())
		limited, cancel := deadline.WithTimeout(ctx, s.conf.Limits.orDefaults().Timeout, nil)
		caller, err := s.conf.Keys.AdmitRequest(limited, r)
		cancel()
		if err != nil {
			s.reject(w, r, access.Fault(err))
			return
		}
		r = r.WithContext(access.WithAuthentication(ctx, caller))
		confirmed := access.NewConfirmingWriter(w)
		confirmed.Require(caller, func() error { return s.confirm(r) }, func(w http.ResponseWriter, err error) { s.reject(w, r, err) })
		next.ServeHTTP(confirmed, r)
		confirmed.Close()
	})
}

// confirm confirms the caller of a request within the time of the operation.
func (s *Server) confirm(r *http.Request) error {
	ctx, cancel := deadline.WithTimeout(r.Context(), s.conf.Limits.orDefaults().Timeout, nil)
	defer cancel()
	return access.Confirm(ctx)
}

// WithBaseURL passes requests to next with the base of the URLs in their answers: the
// configured public URL, or else the scheme and host of the request.
func (s *Server) WithBaseURL(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(withBaseURL(r, s.conf.PublicURL)))
	})
}

// Schema writes the schema in GraphQL's schema language. A request needs no API key, because the
// schema contains no data.
func (s *Server) Schema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	formatter.NewFormatter(w, formatter.WithIndent("  ")).FormatSchema(s.schema.Schema())
}

// reject answers a request without a caller. Anybody can cause time-outs, so they are no errors in
// the log.
func (s *Server) reject(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Describe(err)
	switch f.Kind {
	case fault.Internal:
		s.conf.Log.ErrorContext(r.Context(), "authentication failed", "error", err)
	case fault.Unavailable:
		s.conf.Log.WarnContext(r.Context(), "authentication unavailable", "error", err)
	}
	if f.Kind == fault.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Api-Key")
	}
	writeError(w, r, f.Kind.Status, clientError(f))
}
