// Package web serves the pages for people: GraphiQL, built into the program.
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
// are of this origin only. GraphiQL's editor writes style elements, and shows icons that
// are data.
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
	"frame-ancestors 'self'",
}, "; ")

// GraphiQL serves the page at /graphiql, which sends its queries to the path graphql beside
// it, and the page's assets below /graphiql/assets/. Every address on the page is relative,
// so a proxy may put a prefix before it. The page itself is public: what a person may see
// is decided by the API key that the page asks for.
//
// It answers GET and HEAD, everything else with 405, and an asset that does not exist with
// 404. Assets have a hash in their names and may be kept for ever; the page must be asked
// for again, and has an ETag for that.
func GraphiQL() http.Handler {
	files := load(dist)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /graphiql", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		files["graphiql.html"].serve(w, r)
	})
	mux.HandleFunc("GET /graphiql/{$}", func(w http.ResponseWriter, _ *http.Request) {
		// http.Redirect would make the path absolute and lose a proxy's prefix.
		w.Header().Set("Location", "../graphiql")
		w.WriteHeader(http.StatusPermanentRedirect)
	})
	mux.HandleFunc("GET /graphiql/assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		f, ok := files["graphiql/assets/"+r.PathValue("name")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		f.serve(w, r)
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
