// Package lti lets people in from Canvas by LTI 1.3 launches. The specifications are at
// https://www.imsglobal.org/spec/lti/v1p3 and https://www.imsglobal.org/spec/lti-cs-oidc/v0p1.
package lti

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/page"
	"github.com/momotor/resultgraph/internal/seal"
	"github.com/momotor/resultgraph/internal/session"
)

// The paths of the routes.
const (
	loginPath  = "/lti/login"
	launchPath = "/lti/launch"
	storedPath = "/lti/launch/stored"
	configPath = "/lti/config.json"
	keysPath   = "/lti/jwks.json"
)

// A Config configures a Tool. All fields are required.
type Config struct {
	Store    *db.Store
	Sessions *session.Manager
	Pages    *page.Writer
	// Key seals the states of launches. All instances have the same key.
	Key *seal.Key
	// BaseURL returns the scheme and host that browsers use for a request.
	BaseURL func(*http.Request) string
	// Transport fetches the keys of platforms.
	Transport http.RoundTripper
	Now       func() time.Time
	Log       *slog.Logger
}

// A Tool serves the routes of LTI. It is safe for concurrent use.
type Tool struct {
	conf Config
	keys *keySets
}

// New returns a tool.
func New(conf Config) *Tool {
	return &Tool{conf, newKeySets(conf.Transport, conf.Now)}
}

// Mount adds the routes to a router. They accept requests from other sites, because Canvas sends them; the
// state of a launch protects them.
func (t *Tool) Mount(r chi.Router) {
	r.Get(loginPath, t.handle(t.serveLogin))
	r.Post(loginPath, t.handle(t.serveLogin))
	r.Post(launchPath, t.handle(t.serveLaunch))
	r.Post(storedPath, t.handle(t.serveStored))
	r.Get(configPath, t.handle(t.serveConfig))
	r.Get(keysPath, t.handle(t.serveKeys))
}

// maxFormBytes is the maximum size of a form.
const maxFormBytes = 64 << 10

// handle parses the form of a request and serves it, or the page of an error.
func (t *Tool) handle(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		err := r.ParseForm()
		if err != nil {
			err = fault.New(fault.BadInput, "The form is not valid or too large: open the tool in Canvas again.")
		} else {
			err = serve(w, r)
		}
		if err != nil {
			t.reject(w, r, err)
		}
	}
}

// reject writes the page of an error, and logs the reason of a rejected launch, which the page omits.
func (t *Tool) reject(w http.ResponseWriter, r *http.Request, err error) {
	if rejected := (*rejection)(nil); errors.As(err, &rejected) {
		t.conf.Log.WarnContext(r.Context(), "launch rejected", "path", r.URL.Path, "reason", rejected.reason, "error", rejected.err)
	}
	if errors.Is(err, session.ErrInsecure) {
		err = fault.New(fault.Forbidden, "Signing in needs HTTPS: ask an administrator to open this server by an https address.")
	}
	t.conf.Pages.WriteError(w, r, access.Fault(err))
}

// A rejection is the error of a launch that is not valid. The page does not say why, because a launch that
// fails a check may be an attack; the log does.
type rejection struct {
	reason string
	err    error
}

var errRejected = fault.New(fault.Forbidden, "The launch from Canvas is not valid: open the tool in Canvas again. If that does not help, ask an administrator to read the log of this server.")

func (r *rejection) Error() string { return "launch rejected: " + r.reason }

// Unwrap returns the error for the client.
func (r *rejection) Unwrap() error { return errRejected }

func rejected(reason string, err error) error { return &rejection{reason, err} }
