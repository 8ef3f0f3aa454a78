package db_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// A killer ends the context of a migration at its n-th statement, which rolls the running transaction
// back and fails all further statements, as the death of the process does.
type killer struct {
	left int
	kill context.CancelFunc
}

func (k *killer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if k.left--; k.left == 0 {
		k.kill()
	}
	return ctx
}

func (*killer) AfterQuery(context.Context, *bun.QueryEvent) {}

// upUntil runs Up and ends it at its n-th statement. It reports whether that killed a migration.
func upUntil(t *testing.T, s *db.Store, n int) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	k := &killer{n, cancel}
	m, err := s.WithQueryHook(k).Migrator(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Up(ctx)
	if err != nil && ctx.Err() == nil {
		t.Fatalf("Up that is not killed = %v", err)
	}
	return err != nil
}

// A migration that dies at any of its statements, the commit included, leaves a store that the next
// one continues. Each Up is killed one statement later than the one before, and at its first statements
// again once a further migration is recorded.
func TestMigrationKilledAtEveryStatement(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s, err := db.Open(t.Context(), location)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		kills, recorded := 0, 0
		for n := 1; upUntil(t, s, n); n++ {
			kills++
			if count := appliedCount(t, m); count > recorded {
				recorded, n = count, 0
			}
		}
		if err := m.Check(t.Context()); err != nil {
			t.Errorf("Check after %d kills: %v", kills, err)
		}
		if names := ourMigrations(t, s); kills < 3*len(names) { // each has a begin, a mark and a commit
			t.Errorf("only %d kills of %d migrations", kills, len(names))
		}
	})
}

func appliedCount(t *testing.T, m *db.Migrator) (n int) {
	t.Helper()
	all, err := m.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, migration := range all {
		if migration.Applied {
			n++
		}
	}
	return n
}

// A migration that was applied or reverted, but not recorded, is recorded by the next Up or Down.
// Earlier versions of the program recorded it after its transaction, so that a kill could leave such a
// store.
func TestUnrecordedMigration(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := dbtest.Open(t, location)
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		names := ourMigrations(t, s)
		for i := len(names) - 1; i >= 0; i-- { // all newer ones are reverted
			dbtest.Exec(t, s, "DELETE FROM migration WHERE name = '"+names[i]+"'")
			if done, err := m.Up(t.Context()); err != nil || len(done) < len(names)-i {
				t.Fatalf("Up without the record of %s = %v, %v", names[i], done, err)
			}
			dbtest.Exec(t, s, "UPDATE migration SET group_id = id")
			for range len(names) - i {
				if _, err := m.Down(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			dbtest.Exec(t, s, "INSERT INTO migration (name, group_id) VALUES ('"+names[i]+"', 99)")
			if undone, err := m.Down(t.Context()); err != nil || len(undone) == 0 {
				t.Fatalf("Down with the record of %s, which is reverted = %v, %v", names[i], undone, err)
			}
		}
		if names := ourMigrations(t, s); len(names) != 0 {
			t.Errorf("%v are still recorded", names)
		}
	})
}

// ourMigrations returns the names of the recorded migrations without River's, oldest first.
func ourMigrations(t *testing.T, s *db.Store) (names []string) {
	t.Helper()
	if err := s.DB().NewRaw("SELECT name FROM migration ORDER BY name").Scan(t.Context(), &names); err != nil {
		t.Fatal(err)
	}
	return names
}
