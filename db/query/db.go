// Package query reads rows of many parents along the edges of the graph with one statement,
// on SQLite and PostgreSQL. An edge leads from a parent to its rows, such as from an assignment to
// its results. The package does not depend on any table: package db defines tables and edges.
package query

import (
	"context"

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
	// snapshot is the snapshot that edges read from. If it is nil, each read is a transaction of
	// its own.
	snapshot *Snapshot
}

// New returns a DB that uses a pool of connections.
func New(db *bun.DB) *DB {
	return &DB{DB: db, statements: lru.New[string, *statement](maxStatements, maxStatementBytes)}
}

// WithQueryHook returns the same database with a hook that runs around every statement.
func (db *DB) WithQueryHook(hook bun.QueryHook) *DB {
	return &DB{db.DB.WithQueryHook(hook), db.statements, db.snapshot}
}

// conn returns the connection for one statement of an edge, and a function that releases it.
func (db *DB) conn(ctx context.Context) (bun.IConn, func(), error) {
	if db.snapshot == nil {
		return db.DB, func() {}, nil
	}
	return db.snapshot.acquire(ctx)
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
