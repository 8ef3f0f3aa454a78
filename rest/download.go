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

// download replies with the bundle that the operation has at path, as an attachment. A path
// that ends in [KIND] leads to a list of bundles, of which the one of that kind is meant.
//
// A bundle that never was is a 404, and one that is kept no longer a 410. Ranges and If-None-Match
// work: a bundle's bytes never change, and its entity tag is their SHA-256.
func download(path string) reply {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		f, err := c.file(r.Context(), path)
		if err != nil {
			return err
		}
		content, err := c.content(r.Context(), f)
		if err != nil {
			return err
		}
		defer content.Close()
		h := w.Header()
		h.Set("Content-Type", f.MediaType)
		h.Set("Content-Disposition", disposition("attachment", f.Name))
		h.Set("ETag", `"`+*f.SHA256+`"`)
		return c.serve(w, r, content)
	}
}

// A file is what a download has to know of a bundle.
type file struct {
	Kind, Name, MediaType string
	SHA256                *string // nil once it was purged
}

// file asks for the bundle. Nothing of the store stays occupied while it is sent.
func (c *call) file(ctx context.Context, path string) (*file, error) {
	data, err := c.run(ctx, c.operation, c.vars)
	if err != nil {
		return nil, err
	}
	f, err := fileAt(data, path)
	if err != nil {
		return nil, fmt.Errorf("read what %s answers: %w", c.operation, err)
	}
	if f == nil || f.MediaType == "" { // a node may be no bundle
		return nil, fault.NotFound
	}
	return f, nil
}

func fileAt(data []byte, path string) (*file, error) {
	path, kind, listed := strings.Cut(strings.TrimSuffix(path, "]"), "[")
	found := at(data, path)
	if found == nil {
		return nil, nil
	}
	var f *file
	if !listed {
		err := json.Unmarshal(found, &f)
		return f, err
	}
	var list []*file
	err := json.Unmarshal(found, &list)
	if i := slices.IndexFunc(list, func(f *file) bool { return f.Kind == kind }); i >= 0 {
		f = list[i]
	}
	return f, err
}

// content opens the bytes of a bundle.
func (c *call) content(ctx context.Context, f *file) (blob.Blob, error) {
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
		return fault.New(fault.Gone, "Full bundle is gone.")
	case strings.HasSuffix(c.operation, "Product"):
		return fault.New(fault.Gone, "Product is gone.")
	}
	return fault.New(fault.Gone, "Result is gone.")
}
