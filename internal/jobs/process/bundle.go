package process

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/semaphore"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/assess"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/engine"
)

// maxBasicAttachment is the maximum size of the attachments in a basic bundle.
const maxBasicAttachment = 64 << 10

// asset returns a bundle in the engine's form; nil is the empty asset.
func (h *Handler) asset(b *db.Bundle) engine.Asset {
	if b == nil {
		return engine.Asset{}
	}
	format := engine.XML
	if b.Format == db.FormatZip {
		format = engine.ZIP
	}
	return engine.Asset{Name: b.Name, Format: format, Size: b.Size, Open: func(ctx context.Context) (io.ReadCloser, error) {
		return h.openBundle(ctx, b)
	}}
}

func (h *Handler) openBundle(ctx context.Context, b *db.Bundle) (blob.Blob, error) {
	digest, err := blob.ParseDigest(*b.SHA256)
	if err != nil {
		return nil, err
	}
	content, err := h.Blobs.Open(ctx, digest, b.Size)
	if err != nil {
		return nil, fmt.Errorf("open the bundle %s: %w", b.Name, err)
	}
	return content, nil
}

// errInvalidRecipe is the error of a recipe that is not a valid bundle.
var errInvalidRecipe = errors.New("the recipe is invalid")

// maxReads is the number of results bundles that are read at the same time. Students influence the
// content of these bundles, and a hostile one may take about 100 MB of memory.
const maxReads = 2

func (h *Handler) reads() *semaphore.Weighted {
	h.readsOnce.Do(func() { h.readSlots = semaphore.NewWeighted(maxReads) })
	return h.readSlots
}

// readResults stores a results bundle and assesses it. An invalid bundle gives a failed
// result. An invalid recipe is ignored, because the recipe only orders the steps.
// At most maxReads calls read at the same time; others wait.
func (h *Handler) readResults(ctx context.Context, run *change.Run, results *engine.Results) (*ingest.ResultItem, error) {
	if err := h.reads().Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer h.reads().Release(1)
	b, err := bundle.Open(ctx, results, results.Size(), h.BundleLimits)
	var invalid *bundle.Error
	switch {
	case errors.As(err, &invalid):
		return assess.Failed("The engine's results are invalid: " + invalid.Error()), nil
	case err != nil:
		return nil, fmt.Errorf("read the results: %w", err)
	case b.Kind() != bundle.KindResults:
		return assess.Failed(fmt.Sprintf("The engine sent a %s bundle instead of a results bundle.", b.Kind())), nil
	}
	recipe, err := h.readRecipe(ctx, run)
	if err != nil && !errors.Is(err, errInvalidRecipe) {
		return nil, err
	}
	item := assess.Result(b.Results(), recipe)
	full, err := h.storeBundle(ctx, db.BundleFull, "full", b, io.NewSectionReader(results, 0, results.Size()))
	if err != nil {
		return nil, err
	}
	basic := &db.Bundle{Kind: db.BundleBasic, Name: fileName("basic", b), Format: full.Format, SHA256: full.SHA256, Size: full.Size}
	if b.HasAttachmentLargerThan(maxBasicAttachment) {
		content := basicContent(b, maxBasicAttachment)
		defer content.Close()
		if basic, err = h.storeBundle(ctx, db.BundleBasic, "basic", b, content); err != nil {
			return nil, err
		}
	}
	item.Bundles = []*db.Bundle{full, basic}
	return item, nil
}

// readRecipe reads the recipe of a run. The error is errInvalidRecipe if the recipe is not
// valid.
func (h *Handler) readRecipe(ctx context.Context, run *change.Run) (*bundle.Recipe, error) {
	content, err := h.openBundle(ctx, run.Recipe)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if err := blob.Verify(content); err != nil {
		return nil, fmt.Errorf("read the recipe: %w", err)
	}
	b, err := bundle.Open(ctx, content, content.Size(), h.BundleLimits)
	var invalid *bundle.Error
	switch {
	case errors.As(err, &invalid):
		return nil, errInvalidRecipe
	case err != nil:
		return nil, fmt.Errorf("read the recipe: %w", err)
	}
	return b.Recipe(), nil
}

// storeBundle puts a results bundle into the blob store and returns its row. name is the file
// name without an extension.
func (h *Handler) storeBundle(ctx context.Context, kind db.BundleKind, name string, b *bundle.Bundle, content io.Reader) (*db.Bundle, error) {
	digest, size, err := h.Blobs.Put(ctx, content)
	if err != nil {
		return nil, fmt.Errorf("store the %s results: %w", name, err)
	}
	format := db.FormatXML
	if b.Format() == bundle.FormatZip {
		format = db.FormatZip
	}
	return &db.Bundle{Kind: kind, Name: fileName(name, b), Format: format, SHA256: new(digest.String()), Size: size}, nil
}

func fileName(name string, b *bundle.Bundle) string {
	if b.Format() == bundle.FormatZip {
		return name + ".zip"
	}
	return name + ".xml"
}

// basicContent returns the content of a bundle without attachments larger than maxSize.
func basicContent(b *bundle.Bundle, maxSize int64) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(b.WriteBasic(w, maxSize)) }()
	return r
}
