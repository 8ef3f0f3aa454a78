// Package dbtest gives tests fresh stores of both kinds.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/momotor/resultgraph/db"
)

// Each runs a test on a fresh, migrated store of either kind. Where there is no
// PostgreSQL that half is skipped, except that in CI it fails.
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

// EachLocation is Each for tests that open the store themselves: they get where it is.
func EachLocation(t *testing.T, test func(t *testing.T, location string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, Postgres(t)) })
}

// SQLite returns the location of a SQLite store that is not there yet.
func SQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// Postgres returns the location of a new, empty PostgreSQL database, which is dropped
// when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := cluster()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no PostgreSQL to test on: %v", err)
		}
		t.Skipf("no PostgreSQL to test on: %v; install Debian's package postgresql, or set RESULTGRAPH_TEST_POSTGRES", err)
	}
	location, drop, err := server.create(context.Background())
	if err != nil {
		t.Fatalf("make a database: %v", err)
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

// Main runs the tests of a package and then stops the server that they used. Every
// package whose tests call Postgres has a TestMain that calls it.
func Main(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

// Exec runs an SQL statement.
func Exec(t testing.TB, s *db.Store, sql string) {
	t.Helper()
	if _, err := s.SQL().ExecContext(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
