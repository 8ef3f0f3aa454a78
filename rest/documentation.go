package rest

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// openAPIDocument describes the API in OpenAPI 3.1. TestOpenAPI generates and compares it.
//
//go:embed openapi.json
var openAPIDocument []byte

// Documentation serves /lti/api-doc and the paths below it, without a key. It expects full
// request paths. It serves the OpenAPI document, with an ETag, at openapi.json and, for clients that
// do not prefer HTML, at /lti/api-doc. It passes all other requests to page.
//
// Methods other than GET and HEAD are 405.
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
		case base + "-doc":
			h.Set("Vary", "Accept")
			if prefersHTML(r.Header.Values("Accept")) {
				page.ServeHTTP(w, r)
				return
			}
		case base + "-doc/openapi.json":
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

// prefersHTML reports whether Accept headers prefer HTML to JSON (RFC 9110 12.5.1).
func prefersHTML(accept []string) bool {
	header := strings.Join(accept, ",")
	return acceptQuality(header, "text/html") > acceptQuality(header, "application/json")
}

// acceptQuality returns the quality of a media type: the q of the most specific range that
// matches it.
func acceptQuality(header, media string) (q float64) {
	kind, subkind, _ := strings.Cut(media, "/")
	best := -1
	for entry := range strings.SplitSeq(header, ",") {
		a := parseMediaRange(entry)
		if p := a.specificity(); p > best && matchesPart(kind, a.kind) && matchesPart(subkind, a.subkind) {
			best, q = p, qualityParam(entry)
		}
	}
	return q
}

// qualityParam returns the parameter q of a media range, 1 without one.
func qualityParam(entry string) float64 {
	for param := range strings.SplitSeq(entry, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if q, err := strconv.ParseFloat(value, 64); err == nil && strings.EqualFold(name, "q") {
			return q
		}
	}
	return 1
}
