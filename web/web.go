// Package web serves the pages for people, which are built into the program: GraphiQL, and
// one to read and to try the REST API.
package web

import (
	"embed"
	"net/http"
	"strings"
)

// dist is what Vite built from the sources beside this file (npm run build). It is
// committed, so that building the program needs no Node; npm run check-dist proves that it
// is current.
//
//go:embed all:dist
var dist embed.FS

// policy is the content security policy of the pages: scripts, workers, fonts and requests
// are of this origin only, and no site may frame them. GraphiQL's editor writes style
// elements, and both pages show icons that are data.
var policy = strings.Join([]string{
	"default-src 'self'",
	"script-src 'self'",
	"worker-src 'self'",
	"connect-src 'self'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data:",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
}, "; ")

// Pages are the pages and what they load. Every address on them is relative, so a proxy may
// put a prefix before them all. They are public: what a person may see is decided by the API
// key that a page asks for.
//
// Their handlers answer GET and HEAD, everything else with 405. A page must be asked for
// again, and has an ETag for that.
type Pages struct{ files map[string]*file }

// New returns the pages that were built. It panics when the build is broken.
func New() *Pages { return &Pages{load(dist)} }

// GraphiQL serves the page at /graphiql, which sends its queries to /graphql.
func (p *Pages) GraphiQL() http.Handler { return p.page("/graphiql", "../graphiql") }

// API serves the page at /lti/api-doc, on which the REST API can be read and tried. It shows
// the OpenAPI document at /lti/api-doc/openapi.json, and asks /graphql about the key.
func (p *Pages) API() http.Handler { return p.page("/lti/api-doc", "../api-doc") }

// Assets serves what the pages load, at /assets/. Names have a hash in them, so an asset may
// be kept for ever; one that does not exist is a 404.
func (p *Pages) Assets() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		f, ok := p.files["assets/"+r.PathValue("name")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		f.serve(w, r)
	})
	return secured(mux)
}

// page serves the page at a path, and leads from the path with a slash to it by a relative
// address: http.Redirect would make that absolute and lose a proxy's prefix.
func (p *Pages) page(path, relative string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		p.files[path[1:]+".html"].serve(w, r)
	})
	mux.HandleFunc("GET "+path+"/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", relative)
		w.WriteHeader(http.StatusPermanentRedirect)
	})
	return secured(mux)
}

// secured sets on every answer of next, errors included, what limits a page.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
