package graph

import (
	"context"
	"net/http"
	"net/url"

	"github.com/momotor/resultgraph/db"
)

// URL says where a bundle can be downloaded: at the address by which this request came in.
func (r bundleResolver) URL(ctx context.Context, bundles []*db.Bundle) ([]string, error) {
	out := make([]string, len(bundles))
	for i, b := range bundles {
		out[i] = bundleURL(ctx, b.ID(), b.Name)
	}
	return out, nil
}

func bundleURL(ctx context.Context, id, name string) string {
	return baseOf(ctx) + "/bundles/" + id + "/" + url.PathEscape(name)
}

type baseKey struct{}

// withBase notes the scheme and host of a request for the URLs in its answer. A public
// URL from the settings goes before what the request says.
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
