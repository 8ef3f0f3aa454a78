package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/fault"
)

// download responds with the bundle at path in the operation's data, as an attachment. A path
// that ends in [KIND] selects the bundle of that kind from a list of bundles.
//
// A bundle that does not exist is 404, and a purged bundle 410. A file that is missing or does not have
// its size is 503, and damage that shows while the file is sent ends the connection before its last
// bytes. Range and If-None-Match work: the bytes of a bundle never change, and its ETag is their
// SHA-256. The size is checked for every response, and the SHA-256 for whole files only.
func download(path string) responder {
	return func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
		b, err := ar.loadBundleMetadata(r.Context(), path)
		if err != nil {
			return err
		}
		content, err := ar.openContent(r.Context(), b)
		if err != nil {
			return err
		}
		defer content.Close()
		h := w.Header()
		h.Set("Content-Type", b.MediaType)
		h.Set("Content-Disposition", contentDisposition("attachment", b.Name))
		h.Set("ETag", `"`+*b.SHA256+`"`)
		return ar.serveContent(w, r, content)
	}
}

// BundleHandler serves bundles at the URL that GraphQL gives them: /bundles/{id}/{name}. The
// caller must be in the context of the request.
//
// It responds like the downloads of the API: 404 for a bundle that is not visible to the caller,
// and 410 for a purged bundle.
func (a *API) BundleHandler() http.Handler {
	respond := download("node")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		ar := &apiRequest{conf: &a.conf, operations: a.operations, operation: "Bundle", variables: variables{"id": chi.URLParam(r, "id")}}
		ar.respond(w, r, func(w http.ResponseWriter) error { return respond(ar, w, r) })
	})
}

// bundleMetadata describes the file of a bundle.
type bundleMetadata struct {
	Kind, Name, MediaType string
	SHA256                *string // nil if the bundle was purged
	Size                  int64
}

// loadBundleMetadata runs the operation and decodes the bundle. It returns fault.NotFound without one.
func (ar *apiRequest) loadBundleMetadata(ctx context.Context, path string) (*bundleMetadata, error) {
	data, err := ar.run(ctx, ar.operation, ar.variables)
	if err != nil {
		return nil, err
	}
	b, err := decodeBundleMetadata(data, path)
	if err != nil {
		return nil, fmt.Errorf("decode the response of operation %s: %w", ar.operation, err)
	}
	if b == nil || b.MediaType == "" { // a node of another type
		return nil, fault.NotFound
	}
	return b, nil
}

func decodeBundleMetadata(data []byte, path string) (*bundleMetadata, error) {
	path, kind, listed := strings.Cut(strings.TrimSuffix(path, "]"), "[")
	found := valueAt(data, path)
	if found == nil {
		return nil, nil
	}
	var b *bundleMetadata
	if !listed {
		err := json.Unmarshal(found, &b)
		return b, err
	}
	var list []*bundleMetadata
	err := json.Unmarshal(found, &list)
	if i := slices.IndexFunc(list, func(b *bundleMetadata) bool { return b.Kind == kind }); i >= 0 {
		b = list[i]
	}
	return b, err
}

// openContent opens the bytes of a bundle. It returns fault.Gone for a purged bundle, and
// fault.Unavailable for a file that is missing or damaged.
func (ar *apiRequest) openContent(ctx context.Context, b *bundleMetadata) (blob.Blob, error) {
	if b.SHA256 == nil {
		return nil, ar.gone()
	}
	digest, err := blob.ParseDigest(*b.SHA256)
	if err != nil {
		return nil, err
	}
	content, err := ar.conf.Blobs.Open(ctx, digest, b.Size)
	if err != nil {
		return nil, ar.unreadable(ctx, b, err)
	}
	return content, nil
}

// unreadable logs that the file of a bundle cannot be read, and returns the error for the client.
func (ar *apiRequest) unreadable(ctx context.Context, b *bundleMetadata, err error) error {
	ar.conf.Log.ErrorContext(ctx, "bundle cannot be read: upload it again, or restore the blob from a backup", "sha256", *b.SHA256, "error", err)
	return fault.New(fault.Unavailable, "The file cannot be read at the moment: try again later, or report it to the operator.")
}

// gone returns the error for a purged bundle, with the documented message of the route.
func (ar *apiRequest) gone() error {
	switch {
	case ar.operation == "Bundle":
		return fault.Gone
	case strings.HasSuffix(ar.operation, "FullBundle"):
		return fault.New(fault.Gone, "Full bundle is gone")
	case strings.HasSuffix(ar.operation, "Product"):
		return fault.New(fault.Gone, "Product is gone")
	}
	return fault.New(fault.Gone, "Result is gone")
}
