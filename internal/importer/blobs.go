package importer

import (
	"context"
	"io"

	"github.com/momotor/resultgraph/internal/blob"
)

// A putter stores what it is given, as blob.Store and blob.Batch do.
type putter interface {
	Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error)
}

// A batch is a putter whose blobs are there to stay when Commit returns.
type batch interface {
	putter
	Commit(ctx context.Context) error
	Discard()
}

// openBatch opens a batch of the blob store, of one that has none a stand-in.
func (r *run) openBatch() batch {
	if b, ok := r.Blobs.(interface{ Batch() *blob.Batch }); ok {
		return b.Batch()
	}
	return oneByOne{r.Blobs}
}

// oneByOne is a batch in which every Put is there to stay by itself.
type oneByOne struct{ putter }

func (oneByOne) Commit(context.Context) error { return nil }
func (oneByOne) Discard()                     {}
