package importer_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/momotor/resultgraph/db/dbtest"
)

// copyTime returns the time in which PostgreSQL copies the results, steps and bundles of a store to another
// one with COPY, with all indexes, foreign keys and triggers.
func copyTime(b *testing.B, location string) time.Duration {
	b.Helper()
	from, to := connect(b, location), connect(b, dbtest.MigratedPostgres(b))
	for _, table := range []string{"account", "course", "section", `"user"`, "enrollment", "assignment"} {
		copyIn(b, to, table, copyOut(b, from, table))
	}
	results, steps, bundles := copyOut(b, from, "result"), copyOut(b, from, "step"), copyOut(b, from, "bundle")
	started := time.Now()
	copyIn(b, to, "result", results)
	// Otherwise the checks of the foreign keys to results have the plan for an empty table.
	if err := to.Exec(b.Context(), "ANALYZE result").Close(); err != nil {
		b.Fatal(err)
	}
	copyIn(b, to, "step", steps)
	copyIn(b, to, "bundle", bundles)
	return time.Since(started)
}

func connect(b *testing.B, location string) *pgconn.PgConn {
	b.Helper()
	conn, err := pgconn.Connect(b.Context(), location)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close(b.Context()) })
	return conn
}

func copyOut(b *testing.B, conn *pgconn.PgConn, table string) *bytes.Buffer {
	b.Helper()
	rows := &bytes.Buffer{}
	if _, err := conn.CopyTo(b.Context(), rows, "COPY "+table+" TO STDOUT"); err != nil {
		b.Fatal(err)
	}
	return rows
}

func copyIn(b *testing.B, conn *pgconn.PgConn, table string, rows *bytes.Buffer) {
	b.Helper()
	if _, err := conn.CopyFrom(b.Context(), rows, "COPY "+table+" FROM STDIN"); err != nil {
		b.Fatal(err)
	}
}
