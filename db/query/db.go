// Package query reads rows of many parents along the edges of the graph with one statement,
// on SQLite and PostgreSQL. An edge leads from a parent to its rows, such as from an assignment to
// its results. The package does not depend on any table: package db defines tables and edges.
package query

import (
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/lru"
	"github.com/momotor/resultgraph/internal/slots"
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
	// operation is the operation of the statements and transactions, or nil.
	operation *operation
	// writers is the slot of SQLite's only writer, and nil on PostgreSQL.
	writers *slots.Slots
}

// New returns a DB that uses a pool of conns connections. Readers and transactions wait at most
// maxWait for a connection, and then fail with ErrBusy.
func New(db *bun.DB, conns int, maxWait time.Duration) *DB {
	statements := lru.New[string, *statement](maxStatements, maxStatementBytes)
	out := &DB{DB: db, statements: statements, admission: newAdmission(conns, maxWait)}
	if !IsPostgres(db) {
		out.writers = slots.New(1, maxWait, ErrBusy)
	}
	return out
}

// WithQueryHook returns the same database with a hook that runs around every statement.
func (db *DB) WithQueryHook(hook bun.QueryHook) *DB {
	with := *db
	with.DB = db.DB.WithQueryHook(hook)
	return &with
}

// conn returns the connection for one statement of an edge, and a function that releases it.
func (db *DB) conn(ctx context.Context) (bun.IConn, func(), error) {
	if db.snapshot != nil {
		return db.snapshot.acquire(ctx)
	}
	if db.operation != nil {
		release, err := db.operation.acquire(ctx, db)
		return db.DB, release, err
	}
	release, err := db.admission.acquire(ctx)
	return db.DB, release, err
}

// InTx runs f once in a transaction, which is rolled back when f fails. The function f must not
// use another connection. On SQLite a transaction waits for others of the same DB before it takes a
// connection, so that transactions that wait for the lock of another process leave connections to
// readers.
func (db *DB) InTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	if db.operation != nil {
		return db.operation.inTx(ctx, db, f)
	}
	return db.inTx(ctx, db.admission.acquire, f)
}

// inTx is InTx with a function that acquires the connection.
func (db *DB) inTx(ctx context.Context, acquire func(context.Context) (func(), error), f func(ctx context.Context, tx bun.Tx) error) error {
	releaseWriter, err := db.acquireWriter(ctx)
	if err != nil {
		return err
	}
	defer releaseWriter()
	release, err := acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	return WrapError(db.runInTx(ctx, f))
}

// Write runs one statement that writes, outside of a transaction. On SQLite it waits for the transactions
// of the same DB first, as InTx does.
func (db *DB) Write(ctx context.Context, statement Execer) (sql.Result, error) {
	release, err := db.acquireWriter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	res, err := statement.Exec(ctx)
	return res, WrapError(err)
}

// An Execer is a statement of bun.
type Execer interface {
	Exec(ctx context.Context, dest ...any) (sql.Result, error)
}

// acquireWriter waits until no other writer of the same DB writes, if the database is SQLite.
func (db *DB) acquireWriter(ctx context.Context) (release func(), err error) {
	if db.writers == nil {
		return func() {}, nil
	}
	return db.writers.Release, db.writers.Acquire(ctx)
}

// LargeReaders returns the number of snapshots of large answers, which is limited to half of the
// connections.
func (db *DB) LargeReaders() int { return db.admission.large.Used() }

// Waiting returns the number of readers and transactions that wait for a connection, or for others that
// must end first.
func (db *DB) Waiting() int {
	n := db.admission.waiting()
	if db.writers != nil {
		n += db.writers.Waiting()
	}
	return n
}

// Waits returns how often readers and transactions had to wait so far, and how long in total. A large
// reader can wait twice. Waits for others of the same caller are not counted.
func (db *DB) Waits() (n int64, total time.Duration) {
	n, total = db.admission.connections.Waits()
	others := []*slots.Slots{db.admission.large}
	if db.writers != nil {
		others = append(others, db.writers)
	}
	for _, s := range others {
		waits, waited := s.Waits()
		n, total = n+waits, total+waited
	}
	return n, total
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
