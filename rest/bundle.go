package rest

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// BundleHandler serves bundles at the URL that GraphQL gives them: /bundles/{id}/{name}. The
// caller must be in the context of the request.
//
// It sends a bundle as the downloads of the API do: 404 for a bundle that the caller may not
// see, 410 for one that was purged.
func (a *API) BundleHandler() http.Handler {
	reply := download("node")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c := &call{conf: &a.conf, operations: a.operations, operation: "Bundle", variables: variables{"id": chi.URLParam(r, "id")}}
		c.respond(w, r, func(w http.ResponseWriter) error { return reply(c, w, r) })
	})
}
