// Package dbtest opens stores on SQLite and PostgreSQL for tests, and fills them with test data.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
)

// Each runs a test on an empty, migrated store of each database. If PostgreSQL is not installed,
// the test on it is skipped, or fails in CI.
func Each(t *testing.T, test func(t *testing.T, s *db.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, NewSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, NewPostgres(t)) })
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
	return copyDatabase(t, needServer(t), "template0")
}

// MigratedSQLite returns the location of an empty SQLite store that is migrated already. It is a
// copy of a store that is migrated once.
func MigratedSQLite(t testing.TB) string {
	t.Helper()
	content, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	location := SQLite(t)
	if err := os.WriteFile(strings.TrimPrefix(location, "sqlite:"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return location
}

// MigratedPostgres is Postgres for a database that is migrated already. It is a copy of a database
// that is migrated once.
func MigratedPostgres(t testing.TB) string {
	t.Helper()
	server := needServer(t)
	template, err := server.migratedTemplate()
	if err != nil {
		t.Fatal(err)
	}
	return copyDatabase(t, server, template)
}

// NewSQLite opens an empty, migrated SQLite store, and closes it when the test ends.
func NewSQLite(t testing.TB) *db.Store {
	t.Helper()
	return open(t, MigratedSQLite(t))
}

// NewPostgres opens an empty, migrated PostgreSQL store, and closes and drops it when the test ends.
func NewPostgres(t testing.TB) *db.Store {
	t.Helper()
	return open(t, MigratedPostgres(t))
}

// copyDatabase returns the location of a copy of a database, which is dropped when the test ends.
func copyDatabase(t testing.TB, server *postgres, template string) string {
	t.Helper()
	name, drop, err := server.createDatabase(context.Background(), template)
	if err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(drop)
	return server.location(name)
}

// Open opens and migrates the store at a location, and closes it when the test ends.
func Open(t testing.TB, location string) *db.Store {
	t.Helper()
	if err := migrate(t.Context(), location); err != nil {
		t.Fatal(err)
	}
	return open(t, location)
}

func open(t testing.TB, location string) *db.Store {
	t.Helper()
	s, err := db.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Main runs the tests of a package and then stops the PostgreSQL server that they started. Every
// package whose tests use PostgreSQL must call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	stopServer()
	if missing.Load() {
		announceMissing()
	}
	os.Exit(code)
}

// Exec runs an SQL statement.
func Exec(t testing.TB, s *db.Store, sql string) {
	t.Helper()
	if _, err := s.SQL().ExecContext(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
