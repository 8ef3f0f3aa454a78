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

// memberFile responds with a single file of the bundle at dataPath in the operation's data. It
// compares the requested name with the directory of the zip and opens nothing else, so no name
// can leave the bundle. A bundle that is a plain XML file has no other member
// than this file.
//
// Browsers show files of known types, and other files are attachments. The responder supports one
// range per request, at the cost of unpacking the file up to the end of the range.
func memberFile(dataPath string) responder {
	return func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
		b, err := ar.loadBundleMetadata(r.Context(), dataPath)
		if err != nil {
			return err
		}
		content, err := ar.openContent(r.Context(), b)
		if err != nil {
			return err
		}
		defer content.Close()
		m, err := openMember(r.Context(), b, content, ar.params["path"])
		if err != nil {
			return ar.memberError(r.Context(), b, content, err)
		}
		defer m.Close()
		setMemberHeaders(w.Header(), *b.SHA256, m)
		if strings.Contains(r.Header.Get("Range"), ",") {
			r = withoutRange(r) // each range would unpack the file again
		}
		return ar.serveContent(w, r, m)
	}
}

// setMemberHeaders sets the headers that describe a member of a bundle.
func setMemberHeaders(h http.Header, sha256 string, m *memberReader) {
	media, kind := mediaType(m.Name), "inline"
	if media == defaultMediaType {
		kind = "attachment"
	}
	h.Set("Content-Type", textType(media, m, m.Size))
	h.Set("Content-Disposition", contentDisposition(kind, path.Base(m.Name)))
	h.Set("ETag", fmt.Sprintf(`"%s-%08x"`, sha256, m.CRC32))
}

// memberError returns fault.Unavailable if a member cannot be opened because the bundle is damaged, and
// otherwise err.
func (ar *apiRequest) memberError(ctx context.Context, b *bundleMetadata, content blob.Blob, err error) error {
	if errors.Is(err, fault.NotFound) {
		return err
	}
	if damage := blob.Verify(content); damage != nil {
		return ar.unreadable(ctx, b, damage)
	}
	return err
}

// openMember opens a member of a bundle for reading. A zip has a checksum of each member, and a plain
// XML file is verified here.
func openMember(ctx context.Context, b *bundleMetadata, content blob.Blob, name string) (*memberReader, error) {
	if b.MediaType != "application/zip" {
		if err := blob.Verify(content); err != nil {
			return nil, err
		}
	}
	archive, err := bundle.OpenArchive(ctx, content, content.Size(), bundle.Limits{})
	if err != nil {
		return nil, fmt.Errorf("open a member of a bundle: %w", err)
	}
	r, m, err := archive.Open(name)
	if errors.Is(err, bundle.ErrNoMember) {
		return nil, fault.NotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open a member of a bundle: %w", err)
	}
	return &memberReader{Member: m, sha256: *b.SHA256, ctx: ctx, archive: archive, reader: r}, nil
}
