package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/filename"
)

// takeIn checks a recipe and a config that were sent, and keeps them; nil stays nil. What
// is wrong with either is told for its field, for both at once, and then nothing is kept.
func (r *Resolver) takeIn(ctx context.Context, recipe, config *graphql.Upload) (*db.Bundle, *db.Bundle, error) {
	refused := &fault.Error{Kind: fault.BadInput, Message: "a file is not valid", Fields: map[string][]string{}}
	var rows [2]*db.Bundle
	files := []sentFile{{"recipe", bundle.KindRecipe, recipe}, {"config", bundle.KindConfig, config}}
	for i, f := range files {
		if f.Upload == nil {
			continue
		}
		var wrong *bundle.Error
		b, err := r.open(ctx, f)
		switch {
		case errors.As(err, &wrong):
			refused.Fields[f.field] = []string{wrong.Error()}
		case err != nil:
			return nil, nil, err
		default:
			rows[i] = b
		}
	}
	if len(refused.Fields) > 0 {
		return nil, nil, refused
	}
	for i, f := range files {
		if err := r.keep(ctx, f, rows[i]); err != nil {
			return nil, nil, err
		}
	}
	return rows[0], rows[1], nil
}

// A sentFile is a file for a field that takes bundles of a kind.
type sentFile struct {
	field string
	kind  bundle.Kind
	*graphql.Upload
}

// content is the whole file, which can be read at any offset.
func (f sentFile) content() (*io.SectionReader, error) {
	at, ok := f.File.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("a file of the type %T can not be read at an offset", f.File)
	}
	return io.NewSectionReader(at, 0, f.Size), nil
}

// open checks a file, down to the sizes and hashes of what is attached. What is wrong with
// it is a bundle.Error.
func (r *Resolver) open(ctx context.Context, f sentFile) (*db.Bundle, error) {
	if f.Size == 0 {
		return nil, &bundle.Error{Reason: "The submitted file is empty."}
	}
	content, err := f.content()
	if err != nil {
		return nil, err
	}
	b, err := bundle.Open(content, f.Size, r.Bundles)
	if err != nil {
		return nil, err
	}
	if b.Kind() != f.kind {
		return nil, &bundle.Error{Reason: fmt.Sprintf("It is a %s bundle, and must be a %s bundle.", b.Kind(), f.kind)}
	}
	if err := b.Verify(ctx); err != nil {
		return nil, err
	}
	row := &db.Bundle{Format: db.FormatXML, Size: f.Size}
	if b.Format() == bundle.FormatZip {
		row.Format = db.FormatZip
	}
	row.Name = filename.Django(f.Filename, f.field+"."+strings.ToLower(string(row.Format)))
	return row, nil
}

// keep puts a file into the blob store. A store that can not take it, as one on a full
// disk, is fault.Unavailable.
func (r *Resolver) keep(ctx context.Context, f sentFile, row *db.Bundle) error {
	if row == nil {
		return nil
	}
	if r.Blobs == nil {
		return fault.New(fault.Unavailable, "This server keeps no files.")
	}
	content, err := f.content()
	if err != nil {
		return err
	}
	digest, _, err := r.Blobs.Put(ctx, content)
	if err != nil {
		return fmt.Errorf("%w: keep the %s: %w", fault.Unavailable, f.field, err)
	}
	sum := digest.String()
	row.SHA256 = &sum
	return nil
}
