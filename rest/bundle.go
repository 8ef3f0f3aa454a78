package rest

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// Bundles serves bundles at the address that GraphQL gives them: /bundles/{id}/{name}.
// The server is that of GraphQL, for callers that are known.
//
// It sends a bundle as a download of the API does. It is 404 for what the caller may not
// see, and 410 for what is kept no longer.
func (a *API) Bundles(server http.HandlerFunc) http.Handler {
	reply := download("node")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c := &call{conf: &a.conf, operations: a.operations, operation: "Bundle", vars: vars{"id": chi.URLParam(r, "id")}}
		if err := c.answer(server, reply, w, r); err != nil {
			c.fail(w, r, err)
		}
	})
}
