package process

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/assess"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/engine"
)

// largeAttachment is the size above which an attachment is in the full bundle alone.
const largeAttachment = 64 << 10

// asset is a bundle as the engine takes it; nil is none.
func (p *Processor) asset(b *db.Bundle) engine.Asset {
	if b == nil {
		return engine.Asset{}
	}
	format := engine.XML
	if b.Format == db.FormatZip {
		format = engine.ZIP
	}
	return engine.Asset{Name: b.Name, Format: format, Size: b.Size, Open: func(ctx context.Context) (io.ReadCloser, error) {
		return p.open(ctx, b)
	}}
}

func (p *Processor) open(ctx context.Context, b *db.Bundle) (blob.Blob, error) {
	digest, err := blob.ParseDigest(*b.SHA256)
	if err != nil {
		return nil, err
	}
	content, err := p.Blobs.Open(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("open the bundle %s: %w", b.Name, err)
	}
	return content, nil
}

// takeIn keeps a results bundle and judges it. One that can not be read makes a result that
// failed.
func (p *Processor) takeIn(ctx context.Context, run *change.Run, results *engine.Results) (*ingest.ResultItem, error) {
	b, err := bundle.Open(results, results.Size(), p.Bundles)
	var wrong *bundle.Error
	switch {
	case errors.As(err, &wrong):
		return assess.Failed("The engine's results can not be read: " + wrong.Error()), nil
	case err != nil:
		return nil, fmt.Errorf("read the results: %w", err)
	case b.Kind() != bundle.KindResults:
		return assess.Failed(fmt.Sprintf("The engine sent a %s bundle in place of results.", b.Kind())), nil
	}
	recipe, err := p.recipe(ctx, run)
	if err != nil {
		return nil, err
	}
	item := assess.Judge(b.Results(), recipe)
	full, err := p.keep(ctx, db.BundleFull, "full", b, io.NewSectionReader(results, 0, results.Size()))
	if err != nil {
		return nil, err
	}
	basic := &db.Bundle{Kind: db.BundleBasic, Name: extend("basic", b), Format: full.Format, SHA256: full.SHA256, Size: full.Size}
	if b.HasAttachmentLargerThan(largeAttachment) {
		smaller := without(b, largeAttachment)
		defer smaller.Close()
		if basic, err = p.keep(ctx, db.BundleBasic, "basic", b, smaller); err != nil {
			return nil, err
		}
	}
	item.Bundles = []*db.Bundle{full, basic}
	return item, nil
}

// recipe reads the recipe of a run, for the order of its steps; nil if that can not be read.
func (p *Processor) recipe(ctx context.Context, run *change.Run) (*bundle.Recipe, error) {
	content, err := p.open(ctx, run.Recipe)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	b, err := bundle.Open(content, content.Size(), p.Bundles)
	var wrong *bundle.Error
	if errors.As(err, &wrong) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return b.Recipe(), nil
}

// keep puts a results bundle into the blob store.
func (p *Processor) keep(ctx context.Context, kind db.BundleKind, name string, b *bundle.Bundle, content io.Reader) (*db.Bundle, error) {
	digest, size, err := p.Blobs.Put(ctx, content)
	if err != nil {
		return nil, fmt.Errorf("keep the %s results: %w", name, err)
	}
	format := db.FormatXML
	if b.Format() == bundle.FormatZip {
		format = db.FormatZip
	}
	return &db.Bundle{Kind: kind, Name: extend(name, b), Format: format, SHA256: new(digest.String()), Size: size}, nil
}

func extend(name string, b *bundle.Bundle) string {
	if b.Format() == bundle.FormatZip {
		return name + ".zip"
	}
	return name + ".xml"
}

// without is the content of a bundle that lacks large attachments.
func without(b *bundle.Bundle, most int64) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(b.WriteBasic(w, most)) }()
	return r
}
