package query

import (
	"context"
	"sync"

	"github.com/uptrace/bun"
)

// An operation runs one statement or transaction at a time, so that it uses one connection. From its
// first transaction to its end it keeps the right to use that connection: it can always read what it
// has committed.
type operation struct {
	mu sync.Mutex // locked while a statement or a transaction runs
	// release gives the connection back; nil before the first transaction.
	release func()
}

// InOperation calls f with the same database for one operation, which ends when f returns. Its edges
// read one statement at a time. After a transaction they do not wait for a connection any more.
func (db *DB) InOperation(f func(*DB)) {
	op := &operation{}
	defer op.end()
	with := *db
	with.operation = op
	f(&with)
}

// acquire waits until the operation may run a statement.
func (op *operation) acquire(ctx context.Context, db *DB) (release func(), err error) {
	op.mu.Lock()
	if op.release != nil {
		return op.mu.Unlock, nil
	}
	releaseConn, err := db.admission.acquire(ctx)
	if err != nil {
		op.mu.Unlock()
		return nil, err
	}
	return func() {
		releaseConn()
		op.mu.Unlock()
	}, nil
}

// inTx implements DB.InTx. On SQLite the operation gives its connection back before another
// transaction, which has to wait for other writers first.
func (op *operation) inTx(ctx context.Context, db *DB, f func(ctx context.Context, tx bun.Tx) error) error {
	op.mu.Lock()
	defer op.mu.Unlock()
	if db.writers != nil {
		op.end()
	}
	return db.inTx(ctx, func(ctx context.Context) (func(), error) {
		if op.release == nil {
			release, err := db.admission.acquire(ctx)
			if err != nil {
				return nil, err
			}
			op.release = release
		}
		return func() {}, nil
	}, f)
}

func (op *operation) end() {
	if op.release != nil {
		op.release()
		op.release = nil
	}
}
