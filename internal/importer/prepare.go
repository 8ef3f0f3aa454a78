package importer

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// maxWeight is about how many bytes the rows of a batch may hold beyond their lines.
const maxWeight = 32 << 20

// prepare makes rows of lines, with their bundles in the blob store, and sends them on in
// the order of the lines: all at once, or in parts when they turn out to be heavy.
func (k *kind[T, K]) prepare(ctx context.Context, r *run, lines []line, to chan<- []entry[T]) error {
	for len(lines) > 0 {
		entries, err := k.readSome(ctx, r, lines)
		if err != nil {
			return err
		}
		select {
		case to <- entries:
		case <-ctx.Done():
			return ctx.Err()
		}
		lines = lines[len(entries):]
	}
	return nil
}

// readSome reads lines with all processors, at least one, until what it made is heavy.
func (k *kind[T, K]) readSome(ctx context.Context, r *run, lines []line) ([]entry[T], error) {
	blobs := r.openBatch()
	defer blobs.Discard()
	rd := &reading{run: r, blobs: blobs}
	entries := make([]entry[T], len(lines))
	var next atomic.Int64
	g, reading := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(lines)) {
		g.Go(func() error {
			for rd.weight.Load() < maxWeight {
				i := int(next.Add(1)) - 1
				if i >= len(lines) {
					return nil
				}
				if err := k.readLine(reading, rd, lines[i], &entries[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	entries = entries[:min(int(next.Load()), len(lines))]
	return entries, blobs.Commit(ctx)
}

// readLine reads one line. Its error ends the import; one that refuses the line is the
// entry's.
func (k *kind[T, K]) readLine(ctx context.Context, rd *reading, l line, e *entry[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.line = l
	o, err := parse(l.text)
	if err == nil {
		o.find("type").read = true
		e.row, err = k.read(rd, ctx, o)
	}
	var s *stop
	if errors.As(err, &s) {
		return s.error
	}
	e.err = err
	return nil
}
