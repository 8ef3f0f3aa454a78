// Package page writes the web pages that the server itself renders.
package page

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/momotor/resultgraph/internal/fault"
)

//go:embed page.html error.html
var layout embed.FS

// Parse parses a page, which defines the templates title and content of the layout that all pages have.
func Parse(files fs.FS, name string) *template.Template {
	return template.Must(template.Must(template.ParseFS(layout, "page.html")).ParseFS(files, name))
}

var errorTemplate = Parse(layout, "error.html")

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

// policy returns the content security policy of the pages, which have an inline style and no scripts.
func (p *Writer) policy(ctx context.Context) string {
	return "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; " + FrameAncestors(p.Frames(ctx))
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
