package importer

import (
	"context"
	"io"

	"github.com/momotor/resultgraph/internal/blob"
)

// A blobWriter stores blobs. blob.Store and blob.Batch implement it.
type blobWriter interface {
	Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error)
}

// A blobBatch is a blobWriter whose blobs are durable after Commit.
type blobBatch interface {
	blobWriter
	Commit(ctx context.Context) error
	Discard()
}

// openBlobBatch opens a batch of the blob store. If the store has no batches, it returns
// one that stores each blob at once.
func (r *run) openBlobBatch() blobBatch {
	if b, ok := r.Blobs.(interface{ Batch() *blob.Batch }); ok {
		return b.Batch()
	}
	return unbatched{r.Blobs}
}

// unbatched is a blobBatch whose blobs are durable after Put.
type unbatched struct{ blobWriter }

func (unbatched) Commit(context.Context) error { return nil }
func (unbatched) Discard()                     {}
