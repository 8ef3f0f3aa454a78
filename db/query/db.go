// Package query reads rows of many parents along the edges of the graph with one statement,
// on SQLite and PostgreSQL. It knows no table.
package query

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/momotor/resultgraph/internal/fault"
)

// A DB is an open database with the statements that were compiled for it. It is safe for
// concurrent use.
type DB struct {
	*bun.DB
	// statements are the compiled statements by the shape of their plan.
	statements *lru.Cache[string, *statement]
	// snapshot is what edges read; without it each read is a transaction of its own.
	snapshot *Snapshot
}

// New returns the DB of a pool of connections.
func New(db *bun.DB) (*DB, error) {
	statements, err := lru.New[string, *statement](maxStatements)
	return &DB{DB: db, statements: statements}, err
}

// WithQueryHook returns the same database with a hook that runs around every statement.
func (db *DB) WithQueryHook(hook bun.QueryHook) *DB {
	return &DB{db.DB.WithQueryHook(hook), db.statements, db.snapshot}
}

// conn returns the connection for a statement of an edge, and a function that releases it.
func (db *DB) conn(ctx context.Context) (bun.IConn, func(), error) {
	if db.snapshot == nil {
		return db.DB, func() {}, nil
	}
	return db.snapshot.acquire(ctx)
}

// IsPostgres reports whether the database is PostgreSQL; else it is SQLite.
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
