// Package page writes the web pages that the server itself renders.
package page

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/momotor/resultgraph/internal/accept"
	"github.com/momotor/resultgraph/internal/fault"
)

//go:embed page.html error.html not_found.html
var layout embed.FS

// Parse parses a page, which defines the templates title and content of the layout that all pages have.
func Parse(files fs.FS, name string) *template.Template {
	return template.Must(template.Must(template.ParseFS(layout, "page.html")).ParseFS(files, name))
}

var errorTemplate, notFoundTemplate = Parse(layout, "error.html"), Parse(layout, "not_found.html")

// A Writer writes pages.
type Writer struct {
	// Frames returns the origins of the pages that may show these pages in a frame.
	Frames func(context.Context) []string
	Log    *slog.Logger
}

// Write writes a page that executes a template of Parse.
func (p *Writer) Write(w http.ResponseWriter, r *http.Request, status int, t *template.Template, data any) error {
	return p.WriteWithPolicy(w, r, status, t, data, "")
}

// WriteWithPolicy is Write for a page that needs additional directives in its content security policy.
func (p *Writer) WriteWithPolicy(w http.ResponseWriter, r *http.Request, status int, t *template.Template, data any, directives string) error {
	var content bytes.Buffer
	if err := t.ExecuteTemplate(&content, "page.html", data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy(r.Context())+directives)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(content.Bytes())
	return nil
}

// notFoundJSON is the answer of an unknown path for programs.
const notFoundJSON = `{"detail":"This server has nothing at this path: GraphQL is at /graphql, the REST API below /lti/api/, and its description at /lti/api-doc/openapi.json."}` + "\n"

// WriteNotFound answers a request for an unknown path: with a page of links for browsers, and JSON for others.
func (p *Writer) WriteNotFound(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if !accept.PrefersHTML(r.Header) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, notFoundJSON)
		return
	}
	if err := p.Write(w, r, http.StatusNotFound, notFoundTemplate, rootURL(r)); err != nil {
		p.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
	}
}

// rootURL returns the relative URL from the page of a request to the root of the server, because a proxy may add a
// prefix to paths.
func rootURL(r *http.Request) string {
	return "./" + strings.Repeat("../", strings.Count(r.URL.EscapedPath(), "/")-1)
}

// policy returns the content security policy of the pages, which have an inline style and no scripts.
func (p *Writer) policy(ctx context.Context) string {
	return "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'self'; " + FrameAncestors(p.Frames(ctx))
}

// FrameAncestors returns the directive that allows pages of some origins to show a page in a frame.
func FrameAncestors(origins []string) string {
	return "frame-ancestors 'self' " + strings.Join(origins, " ") + "; "
}

// WriteError writes a page that describes an error, as fault.Describe does.
func (p *Writer) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Describe(err)
	if f.Kind == fault.Internal {
		p.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
	}
	f.SetRetryAfter(w.Header())
	if err := p.Write(w, r, f.Kind.Status, errorTemplate, f.Message); err != nil {
		p.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
	}
}
