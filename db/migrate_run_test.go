package db_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/migrations"
	"github.com/momotor/resultgraph/db/query"
)

// No migration can be applied twice or reverted twice. Migrator relies on it: it takes a file that can run
// for the proof that its inverse has run.
func TestMigrationsRunOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		all := migrate.NewMigrations()
		files := migrations.SQLite
		if query.IsPostgres(s.DB()) {
			files = migrations.Postgres
		}
		if err := all.Discover(files); err != nil {
			t.Fatal(err)
		}
		errUndo := errors.New("undo")
		trial := migrate.NewMigrator(s.DB().DB, all, migrate.AfterMigration(func(context.Context, bun.IConn, *migrate.Migration) error { return errUndo }))
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE migration SET group_id = id")
		sorted := all.Sorted()
		for i := len(sorted) - 1; i >= 0; i-- {
			k := sorted[i]
			if err := k.Up(t.Context(), trial, &k); err == nil || errors.Is(err, errUndo) {
				t.Errorf("%s can be applied twice: %v", k.Name, err)
			}
			if _, err := m.Down(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := k.Down(t.Context(), trial, &k); err == nil || errors.Is(err, errUndo) {
				t.Errorf("%s can be reverted twice: %v", k.Name, err)
			}
		}
	})
}
