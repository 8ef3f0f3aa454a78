// Package query reads rows of many parents along the edges of the graph with one statement,
// on SQLite and PostgreSQL. An edge leads from a parent to its rows, such as from an assignment to
// its results. The package does not depend on any table: package db defines tables and edges.
package query

import (
	"context"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/lru"
)

// A DB is an open database with the statements that were compiled for it. It is safe for
// concurrent use.
type DB struct {
	*bun.DB
	// statements are the compiled statements by the shape of their plan: see Plan.appendShape.
	statements *lru.Cache[string, *statement]
	// admission bounds the use of the connections.
	admission *admission
	// snapshot is the snapshot that edges read from. If it is nil, each read is a transaction of
	// its own.
	snapshot *Snapshot
	// serial is locked while an edge reads a statement, if it is not nil.
	serial *sync.Mutex
}

// New returns a DB that uses a pool of conns connections. Readers and transactions wait at most
// maxWait for a connection, and then fail with ErrBusy.
func New(db *bun.DB, conns int, maxWait time.Duration) *DB {
	statements := lru.New[string, *statement](maxStatements, maxStatementBytes)
	return &DB{DB: db, statements: statements, admission: newAdmission(conns, maxWait)}
}

// WithQueryHook returns the same database with a hook that runs around every statement.
func (db *DB) WithQueryHook(hook bun.QueryHook) *DB {
	with := *db
	with.DB = db.DB.WithQueryHook(hook)
	return &with
}

// Serial returns the same database for an operation whose edges read one statement at a time, so
// that the operation uses one connection.
func (db *DB) Serial() *DB {
	serial := *db
	serial.serial = &sync.Mutex{}
	return &serial
}

// conn returns the connection for one statement of an edge, and a function that releases it.
func (db *DB) conn(ctx context.Context) (bun.IConn, func(), error) {
	if db.snapshot != nil {
		return db.snapshot.acquire(ctx)
	}
	unlock := func() {}
	if db.serial != nil {
		db.serial.Lock()
		unlock = db.serial.Unlock
	}
	release, err := db.admission.acquire(ctx, false)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return db.DB, func() {
		release()
		unlock()
	}, nil
}

// InTx runs f once in a transaction, which is rolled back when f fails. The function f must not
// use another connection.
func (db *DB) InTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	release, err := db.admission.acquire(ctx, false)
	if err != nil {
		return err
	}
	defer release()
	return WrapError(db.RunInTx(ctx, nil, f))
}

// LargeReaders returns the number of snapshots of large answers, which is limited to half of the
// connections.
func (db *DB) LargeReaders() int { return db.admission.large.Used() }

// Waiting returns the number of readers and transactions that wait for a connection.
func (db *DB) Waiting() int { return db.admission.waiting() }

// Waits returns how often readers and transactions had to wait for a connection so far, and how
// long in total.
func (db *DB) Waits() (n int64, total time.Duration) {
	n, total = db.admission.connections.Waits()
	large, largeTotal := db.admission.large.Waits()
	return n + large, total + largeTotal
}

// IsPostgres reports whether the database is PostgreSQL. Otherwise it is SQLite.
func IsPostgres(db bun.IDB) bool { return db.Dialect().Name() == dialect.PG }

// Single returns the first row. It fails with fault.NotFound when rows is empty.
func Single[T any](rows []*T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.NotFound
	}
	return rows[0], nil
}
