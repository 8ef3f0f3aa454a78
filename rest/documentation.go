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

// document is the API in OpenAPI 3.1. A test makes it of the routes, and compares.
//
//go:embed openapi.json
var document []byte

// Documentation answers what is at /lti/api-doc and below it, without a key. It gets whole
// paths: openapi.json is the document, and so is /lti/api-doc itself, unless the client
// prefers HTML as browsers do. That, and all else, is the page's.
//
// Only GET and HEAD are answered, everything else is 405. The document has an ETag.
func Documentation(page http.Handler) http.Handler {
	etag := fmt.Sprintf(`"%.16x"`, sha256.Sum256(document))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "This address can only be read.", http.StatusMethodNotAllowed)
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
		h.Set("Content-Type", "application/json") // OpenAPI's own type is one that browsers save
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(document))
	})
}

// prefersHTML reports whether Accept headers weigh HTML more than JSON (RFC 9110 12.5.1).
func prefersHTML(accept []string) bool {
	header := strings.Join(accept, ",")
	return weight(header, "text/html") > weight(header, "application/json")
}

// weight returns the weight of a media type: that of the most exact range that it is in.
func weight(header, media string) (q float64) {
	kind, subkind, _ := strings.Cut(media, "/")
	best := -1
	for entry := range strings.SplitSeq(header, ",") {
		a := parseAccept(entry)
		if p := a.precedence(); p > best && alike(kind, a.kind) && alike(subkind, a.subkind) {
			best, q = p, quality(entry)
		}
	}
	return q
}

// quality returns the q of a media range, 1 without one.
func quality(entry string) float64 {
	for param := range strings.SplitSeq(entry, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if q, err := strconv.ParseFloat(value, 64); err == nil && strings.EqualFold(name, "q") {
			return q
		}
	}
	return 1
}
