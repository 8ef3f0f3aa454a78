// Package dbtest opens stores on SQLite and PostgreSQL for tests, and fills them with test data.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/momotor/resultgraph/db"
)

// Each runs a test on an empty, migrated store of each database. If PostgreSQL is not installed,
// the test on it is skipped, or fails in CI.
func Each(t *testing.T, test func(t *testing.T, s *db.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, SQLite(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, Postgres(t)))
	})
}

// EachLocation is Each for tests that open the store themselves. EachLocation passes the location
// of a store that is not migrated yet.
func EachLocation(t *testing.T, test func(t *testing.T, location string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, Postgres(t)) })
}

// SQLite returns the location of a SQLite store that does not exist yet.
func SQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// Postgres returns the location of a new, empty PostgreSQL database, which is dropped
// when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := postgresServer()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("PostgreSQL is not available: %v", err)
		}
		t.Skipf("PostgreSQL is not available: %v; install Debian's package postgresql, or set RESULTGRAPH_TEST_POSTGRES", err)
	}
	location, drop, err := server.createDatabase(context.Background())
	if err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(drop)
	return location
}

// Open opens and migrates the store at a location, and closes it when the test ends.
func Open(t testing.TB, location string) *db.Store {
	t.Helper()
	s, err := db.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	m, err := s.Migrator()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// Main runs the tests of a package and then stops the PostgreSQL server that Postgres started. Every
// package whose tests use PostgreSQL must call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	stopServer()
	os.Exit(code)
}

// Exec runs an SQL statement.
func Exec(t testing.TB, s *db.Store, sql string) {
	t.Helper()
	if _, err := s.SQL().ExecContext(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
