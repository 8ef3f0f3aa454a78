package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// allowOrigins returns the middleware that lets pages of other origins send requests with an API key, by
// the CORS protocol of the Fetch standard (https://fetch.spec.whatwg.org/#http-cors-protocol). It answers
// preflight requests itself. Browsers send no cookies with such requests, so that the session of a person
// is of no use to another origin.
func allowOrigins(origins []string) func(http.Handler) http.Handler {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return cors.New(cors.Options{
		AllowOriginVaryRequestFunc: func(r *http.Request, origin string) (bool, []string) {
			return isAPI(r.URL.Path) && slices.Contains(origins, origin), nil
		},
		AllowedMethods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowedHeaders: []string{"Accept", "Apollo-Require-Preflight", "Authorization", "Content-Type", "GraphQL-Cost", "GraphQL-Require-Preflight", "If-Match", "If-None-Match", "Range"},
		ExposedHeaders: []string{"Content-Disposition", "Content-Range", "ETag", "Location", "Retry-After", "X-Request-Id", "X-Resultgraph-Path"},
		MaxAge:         600,
	}).Handler
}

// isAPI reports whether a path is one of GraphQL, the REST API or the files of bundles.
func isAPI(path string) bool {
	return path == "/graphql" || strings.HasPrefix(path, "/graphql/") || strings.HasPrefix(path, "/lti/api/") || strings.HasPrefix(path, "/bundles/")
}

// checkOrigins returns an error for a value of --cors-origin that is no origin.
func checkOrigins(origins []string) error {
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || o != strings.ToLower(u.Scheme+"://"+u.Host) || strings.Contains(o, "*") {
			return fmt.Errorf("--cors-origin is %q, and must be an origin in lower case such as https://charts.example.edu, with a port if it is not the default one, and without a path", o)
		}
	}
	return nil
}
