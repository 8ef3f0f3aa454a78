package importer

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// maxExtraBytes limits, approximately, the bytes that the rows of a batch occupy in
// addition to their lines.
const maxExtraBytes = 32 << 20

// readBatch converts lines to rows, stores their bundles in the blob store, and sends them
// in the order of the lines: all at once, or in parts when they need much memory.
func (k *itemType[T, K]) readBatch(ctx context.Context, r *run, lines []line, to chan<- []parsedLine[T]) error {
	for len(lines) > 0 {
		entries, err := k.readUntilFull(ctx, r, lines)
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

// readUntilFull reads lines concurrently until their rows exceed maxExtraBytes. It reads at
// least one.
func (k *itemType[T, K]) readUntilFull(ctx context.Context, r *run, lines []line) ([]parsedLine[T], error) {
	blobs := r.openBlobBatch()
	defer blobs.Discard()
	rd := &batchReader{run: r, blobs: blobs}
	entries := make([]parsedLine[T], len(lines))
	var next atomic.Int64
	g, reading := errgroup.WithContext(ctx)
	for range min(maxReaders(), len(lines)) {
		g.Go(func() error {
			for rd.extraBytes.Load() < maxExtraBytes {
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

// maxReaders returns the number of goroutines that read lines. It leaves a processor to the goroutine that
// writes: while all processors are busy, Go looks only every 10 ms whether the database has answered, and
// a batch takes about ten round trips.
func maxReaders() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// readLine reads one line. The error that it returns ends the import; an error that rejects
// the line is stored in e.
func (k *itemType[T, K]) readLine(ctx context.Context, rd *batchReader, l line, e *parsedLine[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.line = l
	o, err := parseObject(l.text)
	if err == nil {
		o.find("type").used, o.ofExport = true, rd.export != ""
		e.row, err = k.read(rd, ctx, o)
	}
	var s *fatalError
	if errors.As(err, &s) {
		return s.error
	}
	e.err = err
	return nil
}
