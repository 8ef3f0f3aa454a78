package importer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/fault"
)

// A writer puts the rows of one type into the store.
type writer[T any, K comparable] struct {
	*kind[T, K]
	run  *run
	seen map[K]mark
	seed maphash.Seed
}

// A mark is where an item was seen first, and what its line said.
type mark struct {
	line int
	sum  uint64
}

// write writes a batch and reports what became of it. When the store refuses the batch,
// each row is tried alone, so that only those are refused that are to blame.
func (w *writer[T, K]) write(ctx context.Context, entries []entry[T]) error {
	fresh := w.sift(entries)
	if len(fresh) > 0 {
		if err := w.put(ctx, fresh); err != nil {
			return err
		}
	}
	w.run.done(len(entries))
	return nil
}

func (w *writer[T, K]) put(ctx context.Context, entries []*entry[T]) error {
	if !w.single {
		err := w.try(ctx, entries)
		if err == nil || w.run.isOver(ctx, err) {
			return err
		}
	}
	for i, e := range entries {
		if err := w.try(ctx, entries[i:i+1]); err == nil {
			continue
		} else if w.run.isOver(ctx, err) {
			return err
		} else {
			w.run.refuse(w.typ, e.line, err)
		}
	}
	return nil
}

// try writes rows in one transaction. The store gets copies: it numbers what it writes,
// and those numbers are void when it fails.
func (w *writer[T, K]) try(ctx context.Context, entries []*entry[T]) error {
	rows := make([]*T, len(entries))
	for i, e := range entries {
		row := e.row
		rows[i] = &row
	}
	changes, err := w.kind.put(w.run, ctx, rows)
	if err != nil {
		return err
	}
	for _, c := range changes {
		w.run.report.count(w.typ, c)
	}
	return nil
}

// sift refuses what can not be written, and returns what is left. A line that repeats an
// earlier one says nothing new. One that contradicts it is refused: if the last line won,
// a second import of the same manifest would change the item to and fro.
func (w *writer[T, K]) sift(entries []entry[T]) []*entry[T] {
	var fresh []*entry[T]
	for i := range entries {
		e := &entries[i]
		if e.err != nil {
			w.run.refuse(w.typ, e.line, e.err)
			continue
		}
		now := mark{e.line.no, maphash.Bytes(w.seed, e.line.text)}
		switch first, twice := w.seen[w.key(&e.row)]; {
		case !twice:
			w.seen[w.key(&e.row)] = now
			fresh = append(fresh, e)
		case first.sum == now.sum:
			w.run.report.count(w.typ, ingest.Unchanged)
		default:
			w.run.refuse(w.typ, e.line, fmt.Errorf("line %d is about the same item and says something else", first.line))
		}
	}
	return fresh
}

// isOver tells a store that is gone from one that refuses a row.
func (r *run) isOver(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, fault.Unavailable) || r.Store.Ping(ctx) != nil
}
