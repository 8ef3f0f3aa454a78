// Package compress is HTTP middleware that compresses responses with gzip or zstd.
package compress

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// minSize is the size from which a response is compressed. A smaller one fits into a single
// packet either way.
const minSize = 1 << 10

// Middleware compresses the responses of next for clients that accept it: complete textual
// bodies of at least minSize bytes, or of unknown size, that have no encoding yet. Archives
// and ranges stay as they are. A response to a request without Accept-Encoding stays
// unchanged, including its Vary header: it is valid for every client.
//
// Compression reveals secrets (BREACH) when an attacker can observe the size of responses,
// make a browser send requests with credentials, and place text beside the secret. Here
// credentials are API keys in the Authorization header, which browsers do not add to
// requests of other sites, and no response contains a key. Reconsider this before cookies
// authenticate requests: error messages and aliases echo text of the request.
//
// gzhttp provides the pooled encoders but not the middleware, because its wrapper completes
// the compressed stream after a panic, so that a truncated response looks complete; adds
// Vary before the handler sets its own; keeps strong entity tags; and ignores identity;q=0
// and HEAD. Wrapping it to correct that takes as much code as this package.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Values("Accept-Encoding")
		if strings.Join(header, "") == "" {
			next.ServeHTTP(w, r)
			return
		}
		encoding, required := negotiate(header)
		rw := &responseWriter{ResponseWriter: w, encoding: encoding, required: required, isHead: r.Method == http.MethodHead}
		next.ServeHTTP(rw, r)
		rw.close() // not deferred: after a panic the response must stay incomplete
	})
}

// isCompressible reports whether compression applies to a response: a complete body of a
// textual type without an encoding. Ranges refer to uncompressed bytes.
func isCompressible(status int, h http.Header) bool {
	switch {
	case status == http.StatusNoContent, status == http.StatusPartialContent, status == http.StatusNotModified,
		h.Get("Content-Encoding") != "", h.Get("Content-Range") != "":
		return false
	}
	mediaType, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	topLevel, subtype, _ := strings.Cut(mediaType, "/")
	return topLevel == "text" || strings.HasSuffix(subtype, "json") || strings.HasSuffix(subtype, "xml") ||
		slices.Contains([]string{"application/graphql", "application/javascript"}, mediaType)
}

// addVary states that the response depends on Accept-Encoding.
func addVary(h http.Header) {
	if !strings.Contains(strings.Join(h.Values("Vary"), ","), "Accept-Encoding") {
		h.Add("Vary", "Accept-Encoding")
	}
}

// weakenETag makes the entity tag weak. If-None-Match still matches a weak tag, while
// If-Range, which needs identical bytes, does not (RFC 9110 section 8.8.1).
func weakenETag(h http.Header) {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		h.Set("ETag", "W/"+tag)
	}
}
