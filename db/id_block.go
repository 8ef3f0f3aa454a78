package db

import (
	"context"
	"fmt"
	"sync"

	"github.com/uptrace/bun"

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

	mu        sync.Mutex
	next, end int64
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
	b.mu.Lock()
	defer b.mu.Unlock()
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

// SkipIDs makes sure that ReserveIDs does not return id later. It must not be called within a
// transaction.
func (s *Store) SkipIDs(ctx context.Context, id int64) error {
	s.ids.skip(id)
	_, err := s.db.Write(ctx, s.db.NewRaw("UPDATE counter SET value = ? WHERE name = 'id' AND value < ?", id, id))
	return err
}

// skip removes the ids up to id from the block if it has id.
func (b *idBlock) skip(id int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next <= id && id < b.end {
		b.next = id + 1
	}
}
