package query

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// minCopyRows is the number of rows from which PostgreSQL's COPY is faster than INSERT. COPY needs
// another round trip, which asks for the types of the columns.
const minCopyRows = 50

// txConnKey is the key of the connection of a transaction in the context of its function.
type txConnKey struct{}

// runInTx runs f in a transaction. The context of f has the connection of the transaction, because bun.Tx
// does not give access to it.
func (db *DB) runInTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	conn, err := db.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Close waits for the transaction. If the goroutine ends between BEGIN and f, only the context rolls
	// the transaction back.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return conn.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return f(context.WithValue(ctx, txConnKey{}, conn.Conn), tx)
	})
}

// copyConn returns the connection on which rows can be copied in the transaction of ctx, or nil if INSERT
// is to be used.
func copyConn(ctx context.Context, db bun.IDB, rows int) *sql.Conn {
	conn, _ := ctx.Value(txConnKey{}).(*sql.Conn)
	if rows < minCopyRows || !IsPostgres(db) {
		return nil
	}
	return conn
}

// copyRows inserts rows with PostgreSQL's COPY.
func copyRows[T any](ctx context.Context, conn *sql.Conn, table *schema.Table, rows []*T) error {
	names := make([]string, len(table.Fields))
	for i, f := range table.Fields {
		names[i] = f.Name
	}
	source := pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		return copiedValues(table, reflect.ValueOf(rows[i]).Elem()), nil
	})
	err := conn.Raw(func(driver any) error {
		std, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the connection of type %T does not belong to pgx", driver)
		}
		_, err := std.Conn().CopyFrom(ctx, pgx.Identifier{table.Name}, names, source)
		return err
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "57014" && ctx.Err() == nil {
		// pgx cancels the COPY if it can not encode a value. The database is available.
		return errors.New(pg.Message)
	}
	return err
}

// copiedValues returns the values of a row, in the order of the columns, as INSERT stores them.
func copiedValues(table *schema.Table, row reflect.Value) []any {
	values := make([]any, len(table.Fields))
	for i, f := range table.Fields {
		if f.NullZero && f.HasZeroValue(row) {
			continue
		}
		values[i] = f.Value(row).Interface()
		if text, ok := values[i].(json.RawMessage); ok {
			values[i] = []byte(text) // pgx would remove the spaces
		}
	}
	return values
}
