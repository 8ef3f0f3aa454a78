package loadtest

import (
	"database/sql"
	"strings"
	"testing"
	"time"
)

// Copy copies the rows of Fill from PostgreSQL to a migrated, empty SQLite file, whose tables have
// the same columns.
func Copy(tb testing.TB, from, to string) {
	tb.Helper()
	pg, err := sql.Open("pgx", from)
	if err != nil {
		tb.Fatal(err)
	}
	defer pg.Close()
	lite, err := sql.Open("sqlite", "file:"+to+"?_pragma=foreign_keys(0)&_pragma=journal_mode(WAL)")
	if err != nil {
		tb.Fatal(err)
	}
	defer lite.Close()
	tx, err := lite.Begin()
	if err != nil {
		tb.Fatal(err)
	}
	defer tx.Rollback()
	for _, table := range []string{"account", "course", "section", `"user"`, "enrollment", "assignment", "result", "step", "result_count", "task_count"} {
		if err := copyTable(pg, tx, table); err != nil {
			tb.Fatalf("copy %s: %v", table, err)
		}
	}
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
	if _, err := lite.Exec("ANALYZE"); err != nil {
		tb.Fatal(err)
	}
}

func copyTable(pg *sql.DB, lite *sql.Tx, table string) error {
	rows, err := pg.Query("SELECT * FROM " + table)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	insert, err := lite.Prepare("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")")
	if err != nil {
		return err
	}
	defer insert.Close()
	row, pointers := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		pointers[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		for i, v := range row {
			switch v := v.(type) {
			case time.Time: // the format of bun
				row[i] = v.UTC().Format("2006-01-02 15:04:05.999999-07:00")
			case []byte: // JSON
				row[i] = string(v)
			}
		}
		if _, err := insert.Exec(row...); err != nil {
			return err
		}
	}
	return rows.Err()
}
