package query_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/momotor/resultgraph/db/query"
)

// openSQLite returns an empty SQLite database with a pool of one connection.
func openSQLite(t *testing.T) (*sql.DB, *query.DB) {
	t.Helper()
	pool, err := query.OpenSQLite("file:" + filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	pool.SetMaxOpenConns(1)
	return pool, query.New(bun.NewDB(pool, sqlitedialect.New()), 1, 0)
}

// A connection to SQLite prepares a statement once, binds its values, and keeps a limited number of
// statements.
func TestPreparedStatementsOfSQLite(t *testing.T) {
	t.Parallel()
	pool, database := openSQLite(t)
	echo := func(st *query.FixedStatement, value any, want string) {
		t.Helper()
		err := database.CheckGuards(t.Context(), query.Guard{Statement: st, Values: []any{value}, Check: func(rows *query.Rows) error {
			if cells := rows.Next(); cells == nil || string(cells[0]) != want {
				t.Errorf("the value %v returns %q, %v, want %s", value, cells, rows.Err(), want)
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	prepared := func() (n int) {
		t.Helper()
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.Raw(func(driver any) error { n = query.PreparedSQLite(driver); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	statement := query.NewFixedStatement("SELECT $1")
	for i := range 10 {
		echo(statement, i, fmt.Sprint(i))
	}
	echo(statement, "it's", "it's")
	if n := prepared(); n != 1 {
		t.Errorf("%d statements are prepared, want one", n)
	}
	for i := range 3 * query.MaxPrepared {
		echo(query.NewFixedStatement(fmt.Sprintf("SELECT $1 + %d", i)), 1, fmt.Sprint(i+1))
	}
	if n := prepared(); n != query.MaxPrepared {
		t.Errorf("%d statements are prepared, want at most %d", n, query.MaxPrepared)
	}
	echo(query.NewFixedStatement("SELECT $1 /* "+strings.Repeat("x", 1<<20)+" */"), 1, "1")
}
