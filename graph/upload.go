package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/filename"
	"github.com/momotor/resultgraph/internal/slots"
)

// A storedUpload is a file that storeUploads stored.
type storedUpload struct {
	row      *db.Bundle // nil if there was no file
	warnings []string   // what may be wrong with the file
}

// storeUploads validates and stores an uploaded recipe and config, which may be nil. If a file is
// invalid, it stores no file and returns an error that names every invalid field.
func (r *Resolver) storeUploads(ctx context.Context, recipe, config *graphql.Upload) (storedRecipe, storedConfig storedUpload, err error) {
	if recipe == nil && config == nil {
		return storedUpload{}, storedUpload{}, nil
	}
	files := []uploadedFile{{"recipe", bundle.KindRecipe, recipe}, {"config", bundle.KindConfig, config}}
	stored, err := r.validateUploads(ctx, files)
	if err != nil {
		return storedUpload{}, storedUpload{}, err
	}
	for i, f := range files {
		if err := r.storeUpload(ctx, f, stored[i].row); err != nil {
			return storedUpload{}, storedUpload{}, err
		}
	}
	return stored[0], stored[1], nil
}

// A hostile bundle may take about 100 MB of memory while it is checked, so that only maxChecks
// requests check their bundles at the same time. Others wait for maxCheckWait.
const (
	maxChecks    = 2
	maxCheckWait = 5 * time.Second
)

// newChecks returns the slots for checks of bundles.
func newChecks() *slots.Slots {
	return slots.New(maxChecks, maxCheckWait, fault.New(fault.Unavailable, "The server is checking too many files at the same time: try again later."))
}

// maxUploadElements is the maximum number of XML elements of an uploaded recipe or config. Their size
// in memory is up to a kilobyte for an element.
const maxUploadElements = 50_000

// uploadLimits returns the limits for uploaded bundles.
func uploadLimits(l bundle.Limits) bundle.Limits {
	l.Elements = cmp.Or(l.Elements, maxUploadElements)
	return l
}

// validateUploads returns the rows of files, without their hashes. The row of a nil upload is nil.
func (r *Resolver) validateUploads(ctx context.Context, files []uploadedFile) ([]storedUpload, error) {
	if err := r.checks.Acquire(ctx); err != nil {
		return nil, err
	}
	defer r.checks.Release()
	invalid := &fault.Error{Kind: fault.BadInput, Message: "A file is not valid.", Fields: map[string][]string{}}
	checked := make([]storedUpload, len(files))
	for i, f := range files {
		if f.Upload == nil {
			continue
		}
		var bundleErr *bundle.Error
		upload, err := r.validateUpload(ctx, f)
		switch {
		case errors.As(err, &bundleErr):
			invalid.Fields[f.field] = []string{bundleErr.Error()}
		case err != nil:
			return nil, err
		default:
			checked[i] = upload
		}
	}
	if len(invalid.Fields) > 0 {
		return nil, invalid
	}
	return checked, nil
}

// An uploadedFile is a file for an input field that accepts one kind of bundle.
type uploadedFile struct {
	field string
	kind  bundle.Kind
	*graphql.Upload
}

// content returns a reader of the whole file.
func (f uploadedFile) content() (*io.SectionReader, error) {
	file, ok := f.File.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("read an upload: %T has no ReadAt method", f.File)
	}
	return io.NewSectionReader(file, 0, f.Size), nil
}

// validateUpload checks a file, including the sizes and hashes of its attachments, and returns a
// row for the file without a hash. It returns a bundle.Error if the file is invalid.
func (r *Resolver) validateUpload(ctx context.Context, f uploadedFile) (upload storedUpload, err error) {
	if f.Size == 0 {
		return upload, &bundle.Error{Reason: "The submitted file is empty."}
	}
	content, err := f.content()
	if err != nil {
		return upload, err
	}
	b, err := bundle.Open(ctx, content, f.Size, r.Bundles)
	if err != nil {
		return upload, err
	}
	if b.Kind() != f.kind {
		return upload, &bundle.Error{Reason: fmt.Sprintf("The submitted file is a %s bundle; submit a %s bundle.", b.Kind(), f.kind)}
	}
	if b.Kind() == bundle.KindRecipe {
		if upload.warnings, err = b.CheckRecipe(); err != nil {
			return upload, err
		}
	}
	if err := b.Verify(ctx); err != nil {
		return upload, err
	}
	upload.row = f.row(b)
	return upload, nil
}

// row returns the row of a file without its hash.
func (f uploadedFile) row(b *bundle.Bundle) *db.Bundle {
	row := &db.Bundle{Format: db.FormatXML, Size: f.Size}
	if b.Format() == bundle.FormatZip {
		row.Format = db.FormatZip
	}
	row.Name = filename.Django(f.Filename, f.field+"."+strings.ToLower(string(row.Format)))
	return row
}

// storeUpload puts a file into the blob store and sets the hash of its row. The error is
// fault.Unavailable if the blob store cannot store the file, for example because the disk is full.
func (r *Resolver) storeUpload(ctx context.Context, f uploadedFile, row *db.Bundle) error {
	if row == nil {
		return nil
	}
	if r.Blobs == nil {
		return fault.New(fault.Unavailable, "This server does not store files.")
	}
	content, err := f.content()
	if err != nil {
		return err
	}
	digest, _, err := r.Blobs.Put(ctx, content)
	if err != nil {
		return fmt.Errorf("%w: store the %s: %w", fault.Unavailable, f.field, err)
	}
	sum := digest.String()
	row.SHA256 = &sum
	return nil
}
