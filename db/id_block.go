package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
	"golang.org/x/sync/semaphore"

	"github.com/momotor/resultgraph/db/query"
)

// idBlockSize is the number of ids that a PostgreSQL instance reserves at a time. The ids that it has
// not used when it ends are lost.
const idBlockSize = 1000

// An idBlock is a block of ids that are reserved for one instance on PostgreSQL.
type idBlock struct {
	// db is a pool of one connection. Callers have connections of other pools, and no transaction keeps
	// the counter locked, so that taking ids never deadlocks.
	db *bun.DB

	// lock protects next and end. It is held while a block is reserved, and callers wait for it no longer
	// than their context.
	lock      *semaphore.Weighted
	next, end int64
}

func newIDBlock(db *bun.DB) *idBlock { return &idBlock{db: db, lock: semaphore.NewWeighted(1)} }

// acquire locks the block until release is called.
func (b *idBlock) acquire(ctx context.Context) (release func(), err error) {
	if err := b.lock.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("reserve ids: %w", query.WrapError(err))
	}
	return func() { b.lock.Release(1) }, nil
}

// ReserveIDs reserves n ids, which are unique in the store, for rows that tx inserts. It returns the
// first; the others follow it. On PostgreSQL it takes them from a block that was reserved in a
// transaction of its own, so that transactions that insert rows do not wait for each other. On SQLite
// such a transaction would wait for tx, and there is only one transaction that writes.
func (s *Store) ReserveIDs(ctx context.Context, tx bun.Tx, n int) (first int64, err error) {
	if s.IsPostgres() {
		return s.ids.take(ctx, int64(n))
	}
	return reserveIDs(ctx, tx, int64(n))
}

// take returns the first of n ids of the block. If the block has fewer ids, take reserves a new one.
func (b *idBlock) take(ctx context.Context, n int64) (first int64, err error) {
	release, err := b.acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	if b.end-b.next < n {
		size := max(n, idBlockSize)
		if b.next, err = reserveIDs(ctx, b.db, size); err != nil {
			b.next, b.end = 0, 0
			return 0, err
		}
		b.end = b.next + size
	}
	first = b.next
	b.next += n
	return first, nil
}

// reserveIDs increases the counter of ids by n and returns the first new id.
func reserveIDs(ctx context.Context, db bun.IDB, n int64) (first int64, err error) {
	err = db.NewRaw("UPDATE counter SET value = value + ? WHERE name = 'id' RETURNING value - ?", n, n-1).Scan(ctx, &first)
	if err != nil {
		return 0, fmt.Errorf("reserve ids: %w", query.WrapError(err))
	}
	return first, nil
}

// SkipIDs makes sure that ReserveIDs of this store does not return id later. It must not be called within
// a transaction. Another instance can have reserved a block with the id before, so that rows of other
// tables can get the id, too.
func (s *Store) SkipIDs(ctx context.Context, id int64) error {
	if err := s.ids.skip(ctx, id); err != nil {
		return err
	}
	_, err := s.db.Write(ctx, s.db.NewRaw("UPDATE counter SET value = ? WHERE name = 'id' AND value < ?", id, id))
	return err
}

// skip removes the ids up to id from the block if the block contains id.
func (b *idBlock) skip(ctx context.Context, id int64) error {
	release, err := b.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	if b.next <= id && id < b.end {
		b.next = id + 1
	}
	return nil
}
