// Package signin has the sign-out and the demo sign-in.
package signin

import (
	"embed"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/page"
	"github.com/momotor/resultgraph/internal/session"
)

//go:embed demo.html
var files embed.FS

var demoTemplate = page.Parse(files, "demo.html")

// The paths of the pages.
const (
	signOutPath = "/lti/sign-out"
	demoPath    = "/demo"
)

// A Config configures Pages.
type Config struct {
	Store    *db.Store
	Sessions *session.Manager
	Pages    *page.Writer
	// DemoCourses are the courses of the demo data. Without them there is no demo sign-in.
	DemoCourses []int64
}

// Pages serves the pages.
type Pages struct{ conf Config }

// New returns the pages.
func New(conf Config) *Pages { return &Pages{conf} }

// Mount adds the routes of the pages to a router.
func (p *Pages) Mount(r chi.Router) {
	r.Post(signOutPath, p.handle(p.serveSignOut))
	if p.hasDemo() {
		r.Get(demoPath, p.handle(p.serveDemo))
		r.Post(demoPath, p.handle(p.serveDemoSignIn))
	}
}

func (p *Pages) hasDemo() bool { return len(p.conf.DemoCourses) > 0 }

// handle serves a page, or the page of an error.
func (p *Pages) handle(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			p.conf.Pages.WriteError(w, r, describe(err))
		}
	}
}

// describe returns the error for a client.
func describe(err error) error {
	if errors.Is(err, session.ErrInsecure) {
		return fault.New(fault.Forbidden, "Signing in needs HTTPS: open this server by its https address.")
	}
	return access.Fault(err)
}

// serveSignOut ends the session.
func (p *Pages) serveSignOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.conf.Sessions.CheckOrigin(r); err != nil {
		return err
	}
	if err := p.conf.Sessions.SignOut(w, r); err != nil {
		return err
	}
	redirect(w, "../app")
	return nil
}

// redirect makes the browser get another page after a form. The location is relative, because a proxy may
// add a prefix to paths.
func redirect(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
