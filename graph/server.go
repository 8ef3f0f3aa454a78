package graph

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Config says what a Server works with.
type Config struct {
	Store *db.Store
	Keys  *access.Authenticator
	// Limits bound what a request may cost; zeros stand for the defaults.
	Limits Limits
	// PublicURL is the scheme and host under which clients reach the server; without it
	// each request's own.
	PublicURL string
	// Transports answer requests in other forms than GraphQL, with documents of our own
	// that are not held to Limits. They come before the GraphQL one.
	Transports []graphql.Transport
	// Blobs keeps the bundles that are sent, and Bundles bounds what reading one may cost;
	// zeros stand for the defaults. Without Blobs none can be sent.
	Blobs   blob.Store
	Bundles bundle.Limits
	// Jobs takes the work in the background that a change asks for. Without it what needs
	// some is unavailable.
	Jobs Jobs
	// Now is the clock; without it time.Now.
	Now func() time.Time
	// DisableFastPath makes the resolvers answer all operations.
	DisableFastPath bool
	// Observe, if there is one, is told of every operation after it. It is called from many
	// goroutines.
	Observe func(Outcome)
	Log     *slog.Logger
}

// A Server answers GraphQL operations.
type Server struct {
	conf     Config
	schema   graphql.ExecutableSchema
	fastPath *fastpath.Schema // nil if it is disabled
	gql      *handler.Server
}

// NewServer returns a server of the schema.
func NewServer(conf Config) *Server {
	lim := conf.Limits.orDefaults()
	if conf.Now == nil {
		conf.Now = time.Now
	}
	root := &Resolver{
		Store: conf.Store, DefaultPage: lim.PageSize, MaxPage: lim.MaxPage,
		Blobs: conf.Blobs, Bundles: conf.Bundles, Jobs: conf.Jobs, Now: conf.Now,
	}
	cache := newQueryCache()
	schema := exec.NewExecutableSchema(exec.Config{Resolvers: root, Directives: exec.DirectiveRoot{May: may}})
	var fastPath *fastpath.Schema
	if !conf.DisableFastPath {
		fastPath = newFastPath(schema, root, cache)
		schema = fastPath
	}
	gql := newHandler(schema, lim, cache, ours(conf.Transports)...)
	gql.SetErrorPresenter(present(conf.Log))
	gql.SetRecoverFunc(recovered(conf.Log))
	if conf.Observe != nil {
		gql.Use(observer{conf.Observe})
	}
	return &Server{conf, schema, fastPath, gql}
}

// LargeOperations returns the number of large operations that run at the moment. It is limited:
// others wait.
func (s *Server) LargeOperations() int {
	if s.fastPath == nil {
		return 0
	}
	return s.fastPath.LargeOperations()
}

// ServeHTTP answers a GraphQL request that carries an API key.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Authenticated(http.HandlerFunc(s.Answer)).ServeHTTP(w, r)
}

// Authenticated lets requests with a valid API key through to next, and answers others
// as GraphQL does.
func (s *Server) Authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.conf.Keys.Authenticate(r.Context(), r.Header.Get("Authorization"), access.ClientAddr(r.RemoteAddr))
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(access.WithPrincipal(r.Context(), p)))
	})
}

// Schema sends the schema in GraphQL's schema language. It tells nothing of anybody, so
// everybody may read it.
func (s *Server) Schema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	formatter.NewFormatter(w, formatter.WithIndent("  ")).FormatSchema(s.schema.Schema())
}

// Answer answers a request whose caller is known already.
func (s *Server) Answer(w http.ResponseWriter, r *http.Request) {
	s.breaking(w, r.WithContext(withBase(r, s.conf.PublicURL)))
}

// refuse says why a caller was not let in, without a hint at what was wrong with a key.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Describe(refusalOf(err))
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		s.conf.Log.ErrorContext(r.Context(), "authentication failed", "error", err)
	}
	if f.Kind == fault.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Api-Key")
	}
	out := &gqlerror.Error{Message: f.Message, Extensions: map[string]any{"code": f.Kind.Code}}
	if f.RetryAfter > 0 {
		seconds := int(math.Ceil(f.RetryAfter.Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		out.Extensions["retryAfter"] = seconds
	}
	writeError(w, r, f.Kind.Status, out)
}

func refusalOf(err error) error {
	var throttled *access.ThrottledError
	switch {
	case errors.As(err, &throttled):
		return &fault.Error{
			Kind: fault.RateLimited, RetryAfter: throttled.RetryAfter,
			Message: fmt.Sprintf("too many failed attempts: wait %s and try again", throttled.RetryAfter.Round(time.Second)),
		}
	case errors.Is(err, access.ErrBadCredentials):
		return fault.New(fault.Unauthenticated, "the API key is not valid: check it, or ask for a new one")
	case errors.Is(err, access.ErrNoCredentials):
		return fault.Unauthenticated
	}
	return err
}

// ours makes the documents of transports trusted.
func ours(transports []graphql.Transport) []graphql.Transport {
	out := make([]graphql.Transport, len(transports))
	for i, t := range transports {
		out[i] = trusting{t}
	}
	return out
}

type trusting struct{ graphql.Transport }

func (t trusting) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	t.Transport.Do(w, r.WithContext(withTrusted(r.Context())), exec)
}
