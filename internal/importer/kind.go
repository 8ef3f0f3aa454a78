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

// A kind is a type of lines: how they become rows of T, which K tells apart.
type kind[T any, K comparable] struct {
	typ   string
	batch int // how many rows are written in one transaction
	// read makes a row of a line; many lines are read at the same time. The error refuses
	// the line, unless it is a stop.
	read func(*reading, context.Context, *object) (T, error)
	key  func(*T) K
	put  func(*run, context.Context, []*T) ([]ingest.Change, error)
	// single says that put commits row by row.
	single bool
}

// A reading is what reading some lines needs.
type reading struct {
	*run
	blobs putter
	// weight counts bytes that rows hold in memory beyond their lines.
	weight atomic.Int64
}

// An entry is a line on its way into the store.
type entry[T any] struct {
	line line
	row  T
	err  error // why it is refused
}

// A stop is an error that ends the import.
type stop struct{ error }

func (s *stop) Unwrap() error { return s.error }

// load takes in all lines of the kind: one goroutine reads the manifest, one has the lines
// of a batch made into rows, one writes them. Each works at one batch, which bounds memory.
func (k *kind[T, K]) load(ctx context.Context, r *run) error {
	if r.last[k.typ] == 0 {
		return nil
	}
	batches, ready := make(chan []line), make(chan []entry[T])
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(batches)
		return r.batches(ctx, k.typ, k.batch, batches)
	})
	g.Go(func() error {
		defer close(ready)
		for lines := range batches {
			if err := k.prepare(ctx, r, lines, ready); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	g.Go(func() error {
		w := &writer[T, K]{kind: k, run: r, seen: map[K]mark{}, seed: maphash.MakeSeed()}
		for entries := range ready {
			if err := w.write(ctx, entries); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("import type %s: %w", k.typ, err)
	}
	return nil
}

// maxBatch is how many bytes of lines make a batch, however few they are.
const maxBatch = 8 << 20

// batches sends the lines of one type, up to the last that there is.
func (r *run) batches(ctx context.Context, typ string, most int, to chan<- []line) error {
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
	err := r.scan(ctx, func(l line) error {
		if typeOf(l) == typ {
			l.text = bytes.Clone(l.text)
			batch, size = append(batch, l), size+len(l.text)
			if len(batch) == most || size >= maxBatch {
				if err := send(); err != nil {
					return err
				}
			}
		}
		if l.no == r.last[typ] {
			return io.EOF
		}
		return nil
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return send()
}
