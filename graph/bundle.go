package graph

import (
	"context"
	"net/http"
	"net/url"

	"github.com/momotor/resultgraph/db"
)

// bundleURL is the URL for downloading a bundle, below the base URL of the request.
var bundleURL = computedField[db.Bundle, string]{
	columns: append([]string{"name"}, db.NodeKeys["Bundle"]...),
	value: func(ctx context.Context, b *db.Bundle) string {
		return baseURL(ctx) + "/bundles/" + b.ID() + "/" + url.PathEscape(b.Name)
	},
}

func (r bundleResolver) URL(ctx context.Context, bundles []*db.Bundle) ([]string, error) {
	return bundleURL.values(ctx, bundles)
}

type baseURLKey struct{}

// withBaseURL returns the context of a request with the base of the URLs in its answer: publicURL,
// or the scheme and host of the request if publicURL is "".
func withBaseURL(r *http.Request, publicURL string) context.Context {
	if publicURL == "" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		publicURL = (&url.URL{Scheme: scheme, Host: r.Host}).String()
	}
	return context.WithValue(r.Context(), baseURLKey{}, publicURL)
}

func baseURL(ctx context.Context) string {
	base, _ := ctx.Value(baseURLKey{}).(string)
	return base
}
