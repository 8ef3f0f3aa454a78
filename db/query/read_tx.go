package query

import (
	"context"
	"database/sql/driver"

	"github.com/uptrace/bun"
)

// A ReadTx is a transaction that only reads. All of its statements see the same state of the store.
type ReadTx struct {
	bun.Conn
	db *bun.DB
}

// InReadTx calls f with a transaction that only reads, for readers of large parts of the store that do not
// follow edges. The function f must read one statement at a time.
func (db *DB) InReadTx(ctx context.Context, f func(tx ReadTx) error) error {
	release, err := db.admission.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	conn, err := db.DB.Conn(ctx)
	if err != nil {
		return WrapError(err)
	}
	defer conn.Close()
	begin := "BEGIN" // SQLite's snapshot starts with the first statement
	if IsPostgres(db) {
		begin = beginSnapshot
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return WrapError(err)
	}
	err = f(ReadTx{conn, db.DB})
	if _, endErr := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); endErr != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closes the connection, which ends the transaction
	}
	if err != nil && ctx.Err() != nil { // the database reports the end of ctx in several ways
		return context.Cause(ctx)
	}
	return WrapError(err)
}

// EachRow calls f with each row of a query that the transaction created. It holds one row at a time.
func EachRow[T any](ctx context.Context, tx ReadTx, q *bun.SelectQuery, f func(*T) error) error {
	rows, err := q.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row := new(T)
		if err := tx.db.ScanRow(ctx, rows, row); err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
