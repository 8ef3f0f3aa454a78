package rest

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageText string

// Page serves, at /lti/api-doc alone, a page that lists every route with what it answers, made from the table of
// routes and the comments of their operations.
func (a *API) Page() (http.Handler, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	type row struct{ Method, Path, Text, Operation string }
	var rows []row
	for _, r := range routes() {
		text := "Comes later: answers 501 until then, and 403 where it needs a person."
		if r.operation != "" {
			text = a.operations.comment(r.operation)
		}
		rows = append(rows, row{r.method, base + r.path, text, r.operation})
	}
	var page bytes.Buffer
	if err := t.Execute(&page, rows); err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != base+"-doc" {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		w.Write(page.Bytes())
	}), nil
}
