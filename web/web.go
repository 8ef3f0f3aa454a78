// Package web serves the embedded web pages: the app for people, GraphiQL, and a page to read and try
// the REST API.
package web

import (
	"context"
	"embed"
	"net/http"
	"strings"
)

// dist holds the output of Vite (npm run build), compressed with gzip. It is committed, so that building
// the program does not require Node; npm run check-dist checks that it is current.
//
//go:embed all:dist
var dist embed.FS

// strictPolicy limits all content to this origin. The pages in whose frames a page may be shown are added to it.
var strictPolicy = newPolicy("style-src 'self'", "img-src 'self'")

// libraryPolicy is strictPolicy for GraphiQL and Swagger UI: the editor adds style elements, and both have icons
// with data: URLs.
var libraryPolicy = newPolicy("style-src 'self' 'unsafe-inline'", "img-src 'self' data:")

// newPolicy returns a content security policy with directives for styles and images.
func newPolicy(directives ...string) string {
	return strings.Join(append(directives,
		"default-src 'self'",
		"script-src 'self'",
		"worker-src 'self'",
		"connect-src 'self'",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'self' ",
	), "; ")
}

// Pages holds the pages and their assets. All their URLs are relative, so a proxy may add a
// prefix. The pages are public; they request data with the API key that the user enters or with the session of the
// person who is signed in.
//
// The handlers accept GET and HEAD, and answer other methods with 405. Browsers revalidate a
// page by its ETag before they reuse it.
type Pages struct {
	files map[string]*file
	icon  *file
	// frames returns the origins of the pages that may show these pages in a frame.
	frames func(context.Context) []string
}

// New returns the embedded pages. The function frames returns the origins of the pages that may show them in a
// frame. New panics when the build is incomplete.
func New(frames func(context.Context) []string) *Pages {
	p := &Pages{files: load(dist), frames: frames}
	for name, f := range p.files {
		if strings.HasPrefix(name, "assets/icon-") {
			p.icon = f
		}
	}
	if p.icon == nil {
		panic("the build has no icon")
	}
	return p
}

// App serves the page at /app, where people who are signed in see their courses and results.
func (p *Pages) App() http.Handler { return p.page("/app", "../app", strictPolicy) }

// GraphiQL serves the page at /graphiql, which sends its queries to /graphql.
func (p *Pages) GraphiQL() http.Handler { return p.page("/graphiql", "../graphiql", libraryPolicy) }

// API serves the page at /lti/api-doc, which documents the REST API and can send requests.
// It shows the OpenAPI document at /lti/api-doc/openapi.json, and validates the API key with
// a query to /graphql.
func (p *Pages) API() http.Handler { return p.page("/lti/api-doc", "../api-doc", libraryPolicy) }

// Assets serves the scripts, styles and images of the pages at /assets/. Their names contain
// a hash of the content, so caches may keep them forever.
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
	return p.secured(mux, strictPolicy)
}

// Icon serves the icon of the pages, for browsers that request it at a fixed path.
func (p *Pages) Icon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	p.icon.serve(w, r)
}

// page serves the page at a path, with a content security policy. It redirects the path with a trailing slash to relative;
// http.Redirect would make the location absolute and lose the prefix of a proxy.
func (p *Pages) page(path, relative, policy string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		p.files[path[1:]+".html"].serve(w, r)
	})
	mux.HandleFunc("GET "+path+"/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", relative)
		w.WriteHeader(http.StatusPermanentRedirect)
	})
	return p.secured(mux, policy)
}

// secured sets the security headers on every response of next, including errors.
func (p *Pages) secured(next http.Handler, policy string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy+strings.Join(p.frames(r.Context()), " "))
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
