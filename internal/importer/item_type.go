package importer

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/momotor/resultgraph/db/ingest"
)

// An itemType is a type of lines. Its lines become rows of type T with the natural key K.
type itemType[T any, K comparable] struct {
	name      string
	batchSize int // maximum number of rows in one transaction
	// read converts a line to a row; it is called concurrently. Its error rejects the line,
	// unless it is a fatalError.
	read func(*batchReader, context.Context, *object) (T, error)
	// key returns the natural key; nil for rows of an export, whose keys the database compares.
	key   func(*T) K
	write func(*run, context.Context, []*T) ([]ingest.Change, error)
	// oneByOne means that write accepts one row at a time.
	oneByOne bool
}

// A batchReader reads a batch of lines.
type batchReader struct {
	*run
	blobs blobWriter
	// extraBytes counts the bytes that rows occupy in addition to their lines.
	extraBytes atomic.Int64
}

// A parsedLine is a line and its row.
type parsedLine[T any] struct {
	line line
	row  T
	err  error // the reason why it is rejected
}

// A fatalError is an error that ends the import.
type fatalError struct{ error }

func (s *fatalError) Unwrap() error { return s.error }

// importAll imports all lines of the type: one goroutine reads the manifest, one converts
// the lines of a batch to rows, one writes them. Each works on one batch at a time, which
// bounds memory.
func (k *itemType[T, K]) importAll(ctx context.Context, r *run) error {
	if r.lastLine[k.name] == 0 {
		return nil
	}
	batches, ready := make(chan []line), make(chan []parsedLine[T])
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(batches)
		return r.sendBatches(ctx, k.name, k.batchSize, batches)
	})
	g.Go(func() error {
		defer close(ready)
		for lines := range batches {
			if err := k.readBatch(ctx, r, lines, ready); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	g.Go(func() error {
		w := &writer[T, K]{itemType: k, run: r, firstLines: map[K]firstLine{}, seed: maphash.MakeSeed()}
		for entries := range ready {
			if err := w.writeBatch(ctx, entries); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("import type %s: %w", k.name, err)
	}
	return nil
}

// maxBatchBytes ends a batch before it has batchSize lines.
const maxBatchBytes = 8 << 20

// sendBatches sends the lines of one type in batches.
func (r *run) sendBatches(ctx context.Context, typ string, maxLines int, to chan<- []line) error {
	var batch []line
	size := 0
	send := func() error {
		select {
		case to <- batch:
			batch, size = nil, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := r.eachLine(ctx, func(l line) error {
		if lineType(l) == typ {
			l.text = bytes.Clone(l.text)
			batch, size = append(batch, l), size+len(l.text)
			if len(batch) == maxLines || size >= maxBatchBytes {
				if err := send(); err != nil {
					return err
				}
			}
		}
		if l.number == r.lastLine[typ] {
			return io.EOF
		}
		return nil
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return send()
}
