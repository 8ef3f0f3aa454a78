// Package lti lets people in from Canvas by LTI 1.3 launches. The specifications are at
// https://www.imsglobal.org/spec/lti/v1p3 and https://www.imsglobal.org/spec/lti-cs-oidc/v0p1.
package lti

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
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
	loginPath    = "/lti/login"
	launchPath   = "/lti/launch"
	storedPath   = "/lti/launch/stored"
	registerPath = "/lti/register"
	configPath   = "/lti/config.json"
	keysPath     = "/lti/jwks.json"
)

// A Config configures a Tool. All fields are required.
type Config struct {
	Store    *db.Store
	Sessions *session.Manager
	Pages    *page.Writer
	Frames   *Frames
	// Key seals the states of launches and registration links. All instances have the same key.
	Key *seal.Key
	// BaseURL returns the scheme and host that browsers use for a request.
	BaseURL func(*http.Request) string
	// Transport is that of NewTransport.
	Transport http.RoundTripper
	// Timeout is the maximum duration of a request to a platform.
	Timeout time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// A Tool serves the routes of LTI. It is safe for concurrent use.
type Tool struct {
	conf   Config
	client *http.Client // for requests to platforms
	keys   *keySets
	// anyFrame writes pages for a Canvas that may show them in a frame although its address is not known yet.
	anyFrame    *page.Writer
	registering sync.Mutex
}

// New returns a tool.
func New(conf Config) *Tool {
	client := newClient(conf.Transport, conf.Timeout)
	return &Tool{
		conf: conf, client: client, keys: newKeySets(client, conf.Now),
		anyFrame: &page.Writer{Frames: func(context.Context) []string { return []string{"*"} }, Log: conf.Log},
	}
}

// Mount adds the routes to a router. They accept requests from other sites, because Canvas sends them; the
// state of a launch and the link of a registration protect them.
func (t *Tool) Mount(r chi.Router) {
	r.Get(loginPath, t.handle(t.conf.Pages, t.serveLogin))
	r.Post(loginPath, t.handle(t.conf.Pages, t.serveLogin))
	r.Post(launchPath, t.handle(t.conf.Pages, t.serveLaunch))
	r.Post(storedPath, t.handle(t.conf.Pages, t.serveStored))
	r.Get(registerPath, t.handle(t.anyFrame, t.serveRegister))
	r.Get(configPath, t.handle(t.conf.Pages, t.serveConfig))
	r.Get(keysPath, t.handle(t.conf.Pages, t.serveKeys))
}

// maxFormBytes is the maximum size of a form.
const maxFormBytes = 64 << 10

// handle parses the form of a request and serves it, or the page of an error.
func (t *Tool) handle(pages *page.Writer, serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		err := r.ParseForm()
		if err != nil {
			err = fault.New(fault.BadInput, "The form is not valid or too large: open the tool in Canvas again.")
		} else {
			err = serve(w, r)
		}
		if err != nil {
			t.reject(w, r, pages, err)
		}
	}
}

// reject writes the page of an error, and logs the reason of a rejection, which the page omits.
func (t *Tool) reject(w http.ResponseWriter, r *http.Request, pages *page.Writer, err error) {
	if rejected := (*rejection)(nil); errors.As(err, &rejected) {
		t.conf.Log.WarnContext(r.Context(), rejected.event, "path", r.URL.Path, "reason", rejected.reason, "error", rejected.err)
	}
	if errors.Is(err, session.ErrInsecure) {
		err = fault.New(fault.Forbidden, "Signing in needs HTTPS: ask an administrator to open this server by an https address.")
	}
	pages.WriteError(w, r, access.Fault(err))
}

// A rejection is the error of a request that is not valid. The page does not say why, because a request that
// fails a check may be an attack; the log does.
type rejection struct {
	event  string // in the log
	reason string
	err    error
	client error // for the client
}

var (
	errRejected     = fault.New(fault.Forbidden, "The launch from Canvas is not valid: open the tool in Canvas again. If that does not help, ask an administrator to read the log of this server.")
	errUnregistered = fault.New(fault.Forbidden, "The registration failed: ask an administrator of this server to read its log, and open the same link again.")
)

func (r *rejection) Error() string { return r.event + ": " + r.reason }

// Unwrap returns the error for the client.
func (r *rejection) Unwrap() error { return r.client }

// rejected returns the error of a launch.
func rejected(reason string, err error) error {
	return &rejection{"launch rejected", reason, err, errRejected}
}

// unregistered returns the error of a registration.
func unregistered(reason string, err error) error {
	return &rejection{"registration failed", reason, err, errUnregistered}
}
