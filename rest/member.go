package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/fault"
)

// member replies with a single file out of the bundle that the operation has at place. The
// file is the one that the directory of the zip lists under exactly the path asked for:
// nothing is looked up anywhere else, so no path leads out of the bundle. A bundle of
// plain XML is its own only file.
//
// A known kind of file is shown in the browser, and any other is an attachment. One range
// at a time works; it costs as much as unpacking the file up to its end.
func member(place string) reply {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		f, err := c.file(r.Context(), place)
		if err != nil {
			return err
		}
		packed, err := c.content(r.Context(), f)
		if err != nil {
			return err
		}
		defer packed.Close()
		m, err := unpack(r.Context(), packed, c.params["path"])
		if err != nil {
			return err
		}
		defer m.Close()
		describe(w.Header(), *f.SHA256, m.Member)
		if strings.Contains(r.Header.Get("Range"), ",") {
			r = withoutRange(r) // each range would unpack the file once more
		}
		return c.serve(w, r, m)
	}
}

// describe sets the headers that tell what the member of a bundle is.
func describe(h http.Header, sha256 string, m bundle.Member) {
	media, kind := mediaType(m.Name), "inline"
	if media == unknownMedia {
		kind = "attachment"
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", disposition(kind, path.Base(m.Name)))
	h.Set("ETag", fmt.Sprintf(`"%s-%08x"`, sha256, m.CRC32))
}

// unpack opens a member of a bundle.
func unpack(ctx context.Context, packed blob.Blob, name string) (*unpacked, error) {
	archive, err := bundle.OpenArchive(packed, packed.Size(), bundle.Limits{})
	if err != nil {
		return nil, fmt.Errorf("unpack a bundle: %w", err)
	}
	r, m, err := archive.Open(name)
	if errors.Is(err, bundle.ErrNoMember) {
		return nil, fault.NotFound
	}
	if err != nil {
		return nil, fmt.Errorf("unpack a bundle: %w", err)
	}
	return &unpacked{Member: m, ctx: ctx, archive: archive, r: r}, nil
}
