package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/fault"
)

// download responds with the bundle at path in the operation's data, as an attachment. A path
// that ends in [KIND] names a list of bundles, and means the bundle of that kind.
//
// A bundle that does not exist is 404, and a purged one 410. Range and If-None-Match work: the
// bytes of a bundle never change, and its ETag is their SHA-256.
func download(path string) responder {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		f, err := c.loadBundleFile(r.Context(), path)
		if err != nil {
			return err
		}
		content, err := c.openContent(r.Context(), f)
		if err != nil {
			return err
		}
		defer content.Close()
		h := w.Header()
		h.Set("Content-Type", f.MediaType)
		h.Set("Content-Disposition", contentDisposition("attachment", f.Name))
		h.Set("ETag", `"`+*f.SHA256+`"`)
		return c.serveContent(w, r, content)
	}
}

// A bundleFile describes the file of a bundle.
type bundleFile struct {
	Kind, Name, MediaType string
	SHA256                *string // nil once it was purged
}

// loadBundleFile runs the operation. It holds no resources of the store afterwards.
func (c *call) loadBundleFile(ctx context.Context, path string) (*bundleFile, error) {
	data, err := c.run(ctx, c.operation, c.variables)
	if err != nil {
		return nil, err
	}
	f, err := decodeBundleFile(data, path)
	if err != nil {
		return nil, fmt.Errorf("decode the answer of operation %s: %w", c.operation, err)
	}
	if f == nil || f.MediaType == "" { // a node of another type
		return nil, fault.NotFound
	}
	return f, nil
}

func decodeBundleFile(data []byte, path string) (*bundleFile, error) {
	path, kind, listed := strings.Cut(strings.TrimSuffix(path, "]"), "[")
	found := valueAt(data, path)
	if found == nil {
		return nil, nil
	}
	var f *bundleFile
	if !listed {
		err := json.Unmarshal(found, &f)
		return f, err
	}
	var list []*bundleFile
	err := json.Unmarshal(found, &list)
	if i := slices.IndexFunc(list, func(f *bundleFile) bool { return f.Kind == kind }); i >= 0 {
		f = list[i]
	}
	return f, err
}

// openContent opens the bytes of a bundle.
func (c *call) openContent(ctx context.Context, f *bundleFile) (blob.Blob, error) {
	if f.SHA256 == nil {
		return nil, c.gone()
	}
	digest, err := blob.ParseDigest(*f.SHA256)
	if err != nil {
		return nil, err
	}
	content, err := c.conf.Blobs.Open(ctx, digest)
	if errors.Is(err, fs.ErrNotExist) {
		c.conf.Log.ErrorContext(ctx, "a bundle is not in the blob store", "sha256", *f.SHA256)
		return nil, c.gone()
	}
	return content, err
}

// gone returns the error for a purged bundle, with the documented message of the route.
func (c *call) gone() error {
	switch {
	case c.operation == "Bundle":
		return fault.Gone
	case strings.HasSuffix(c.operation, "FullBundle"):
		return fault.New(fault.Gone, "Full bundle is gone")
	case strings.HasSuffix(c.operation, "Product"):
		return fault.New(fault.Gone, "Product is gone")
	}
	return fault.New(fault.Gone, "Result is gone")
}
