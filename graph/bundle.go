package graph

import (
	"context"
	"net/http"
	"net/url"

	"github.com/momotor/resultgraph/db"
)

// bundleURL is the address for downloading a bundle, on the host that the request came to.
var bundleURL = computedField[db.Bundle, string]{
	columns: append([]string{"name"}, db.NodeKeys["Bundle"]...),
	value: func(ctx context.Context, b *db.Bundle) string {
		return baseOf(ctx) + "/bundles/" + b.ID() + "/" + url.PathEscape(b.Name)
	},
}

func (r bundleResolver) URL(ctx context.Context, bundles []*db.Bundle) ([]string, error) {
	return bundleURL.values(ctx, bundles)
}

type baseKey struct{}

// withBase adds the scheme and host of a request to its context, for the URLs in its answer.
// The public URL of the settings takes precedence.
func withBase(r *http.Request, public string) context.Context {
	if public == "" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		public = (&url.URL{Scheme: scheme, Host: r.Host}).String()
	}
	return context.WithValue(r.Context(), baseKey{}, public)
}

func baseOf(ctx context.Context) string {
	base, _ := ctx.Value(baseKey{}).(string)
	return base
}
