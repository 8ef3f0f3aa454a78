package importer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/fault"
)

// A writer writes the rows of one type to the store.
type writer[T any, K comparable] struct {
	*itemType[T, K]
	run        *run
	firstLines map[K]firstLine
	seed       maphash.Seed
}

// A firstLine is the first line about an item.
type firstLine struct {
	line int
	hash uint64
}

// writeBatch writes a batch and adds it to the report. When the store rejects the batch, it
// writes each row on its own, so that only invalid rows are rejected.
func (w *writer[T, K]) writeBatch(ctx context.Context, entries []parsedLine[T]) error {
	newLines := w.selectNew(entries)
	if len(newLines) > 0 {
		if err := w.writeEach(ctx, newLines); err != nil {
			return err
		}
		if err := w.run.analyzeGrown(ctx, len(newLines)); err != nil {
			return err
		}
	}
	w.run.addProgress(len(entries))
	return nil
}

func (w *writer[T, K]) writeEach(ctx context.Context, entries []*parsedLine[T]) error {
	if !w.oneByOne {
		err := w.writeRows(ctx, entries)
		if err == nil || w.run.isFatal(ctx, err) {
			return err
		}
	}
	for i, e := range entries {
		if err := w.writeRows(ctx, entries[i:i+1]); err == nil {
			continue
		} else if w.run.isFatal(ctx, err) {
			return err
		} else {
			w.run.reject(w.name, e.line, err)
		}
	}
	return nil
}

// writeRows writes rows in one transaction. It passes copies, because the store sets ids in
// the rows, and these are invalid when the transaction fails.
func (w *writer[T, K]) writeRows(ctx context.Context, entries []*parsedLine[T]) error {
	rows := make([]*T, len(entries))
	for i, e := range entries {
		row := e.row
		rows[i] = &row
	}
	changes, err := w.itemType.write(w.run, ctx, rows)
	if err != nil {
		return err
	}
	for _, c := range changes {
		w.run.report.count(w.name, c)
	}
	return nil
}

// selectNew returns the lines to write and rejects invalid ones. A line that equals an
// earlier one counts as unchanged. A line that contradicts an earlier one is rejected: if
// the last line won, every import of the same manifest would change the item twice.
func (w *writer[T, K]) selectNew(entries []parsedLine[T]) []*parsedLine[T] {
	var newLines []*parsedLine[T]
	for i := range entries {
		e := &entries[i]
		if e.err != nil {
			w.run.reject(w.name, e.line, e.err)
			continue
		}
		if w.key == nil {
			newLines = append(newLines, e)
			continue
		}
		current := firstLine{e.line.number, maphash.Bytes(w.seed, e.line.text)}
		switch first, seen := w.firstLines[w.key(&e.row)]; {
		case !seen:
			w.firstLines[w.key(&e.row)] = current
			newLines = append(newLines, e)
		case first.hash == current.hash:
			w.run.report.count(w.name, ingest.Unchanged)
		default:
			w.run.reject(w.name, e.line, fmt.Errorf("line %d has other values for the same item", first.line))
		}
	}
	return newLines
}

// isFatal reports whether err means that the store failed, not that it rejected a row.
func (r *run) isFatal(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, fault.Unavailable) || r.Store.Ping(ctx) != nil
}
