package rest

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/momotor/resultgraph/internal/accept"
)

// openAPIDocument describes the API in OpenAPI 3.1. TestOpenAPI generates and compares it.
//
//go:embed openapi.json
var openAPIDocument []byte

// Documentation serves /lti/api-doc and the paths below it, without a key. It expects
// request paths that include /lti/api-doc. It serves the OpenAPI document, with an ETag, at openapi.json and, for clients that
// do not prefer HTML, at /lti/api-doc. It passes all other requests to page.
//
// The response to methods other than GET and HEAD is 405.
func Documentation(page http.Handler) http.Handler {
	etag := fmt.Sprintf(`"%.16x"`, sha256.Sum256(openAPIDocument))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "This URL supports only GET and HEAD.", http.StatusMethodNotAllowed)
			return
		}
		switch strings.TrimSuffix(r.URL.Path, "/") {
		case basePath + "-doc":
			h.Set("Vary", "Accept")
			if accept.PrefersHTML(r.Header) {
				page.ServeHTTP(w, r)
				return
			}
		case basePath + "-doc/openapi.json":
		default:
			page.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Type", "application/json") // browsers would download OpenAPI's own media type
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(openAPIDocument))
	})
}
