package bench

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
)

// BenchmarkSQLite measures both paths on SQLite with the small data set.
func BenchmarkSQLite(b *testing.B) {
	postgres := dbtest.Postgres(b)
	dbtest.Open(b, postgres)
	insertData(b, postgres, smallData)
	sqlite := filepath.Join(b.TempDir(), "resultgraph.db")
	store := dbtest.Open(b, "sqlite:"+sqlite)
	copyRows(b, postgres, sqlite)
	e := &environment{student: studentCanvasID(b, postgres), key: makeKey(b, store)}
	e.startPaths(b, build(b), "sqlite:"+sqlite)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "workload on SQLite\tserver\tclients\treq/s\tratio\tp50 ms\tp99 ms\tserver CPU ms\tallocations\tbytes\tpeak MB\t")
	for _, w := range workloads(e.student) {
		if !strings.Contains(w.name, *nameFilter) {
			continue
		}
		for _, clients := range []int{1, 16} {
			sums := e.measureAlternately(b, w, clients, 3)
			for i, tgt := range e.targets {
				s := sums[i]
				fmt.Fprintf(out, "%s\t%s\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%d\t%d\t\n", w.name, tgt.name, clients, s.rate(), s.rate()/sums[1].rate(),
					s.quantile(0.5), s.quantile(0.99), s.perRequest(s.serverCPU), s.allocations/float64(s.requests), s.bytes, peakMemoryMB(tgt.pid))
			}
			out.Flush()
		}
	}
}

// copyRows copies the rows of insertData from PostgreSQL to SQLite, whose tables have the
// same columns.
func copyRows(tb testing.TB, from, to string) {
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
	for _, table := range []string{"account", "course", "section", `"user"`, "enrollment", "assignment", "result", "step"} {
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
			if t, ok := v.(time.Time); ok { // the format of bun
				row[i] = t.UTC().Format("2006-01-02 15:04:05.999999-07:00")
			}
		}
		if _, err := insert.Exec(row...); err != nil {
			return err
		}
	}
	return rows.Err()
}
