package db_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// Up applies all migrations once, and Down reverts them.
func TestMigrations(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		ctx := t.Context()
		s, err := db.Open(ctx, location)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(ctx); err == nil || !strings.Contains(err.Error(), "migrate up") {
			t.Errorf("Check of an empty database = %v, want an error that says what to do", err)
		}
		for range 2 { // reverted migrations can be applied again
			done, err := m.Up(ctx)
			if err != nil || len(done) == 0 {
				t.Fatalf("Up = %v, %v", done, err)
			}
			if err := m.Check(ctx); err != nil {
				t.Errorf("Check after Up = %v", err)
			}
			if again, err := m.Up(ctx); err != nil || len(again) != 0 {
				t.Errorf("second Up = %v, %v; want no migrations", again, err)
			}
			dbtest.NewFixture(t, s)
			if undone, err := m.Down(ctx); err != nil || len(undone) != len(done) || len(done) < 2 {
				t.Fatalf("Down = %v, %v; want %v", undone, err, done)
			}
		}
	})
}

// Up, Down and Check fail for a store that a newer version of the program has migrated.
func TestNewerSchema(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		dbtest.Exec(t, s, "INSERT INTO migration (name, group_id, migrated_at) VALUES ('99990101000000', 9, '2099-01-01 00:00:00')")
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		_, up := m.Up(t.Context())
		_, down := m.Down(t.Context())
		for name, err := range map[string]error{"Up": up, "Down": down, "Check": m.Check(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), "newer schema") {
				t.Errorf("%s = %v, want an error about the newer schema", name, err)
			}
		}
	})
}

// Open explains why it can not open a location.
func TestOpenErrors(t *testing.T) {
	for location, want := range map[string]string{
		"":                                "postgres://",
		"mysql://x":                       "postgres://",
		"sqlite:":                         "path is missing",
		"postgres://nobody@127.0.0.1:1/x": "can not be reached",
		"postgres://a b":                  "must look like postgres://",
	} {
		s, err := db.Open(t.Context(), location)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q) = %v, want an error with %q", location, err, want)
		}
	}
}

// revertSince reverts a migration and all later ones, and returns the migrator.
func revertSince(t *testing.T, s *db.Store, name string) *db.Migrator {
	t.Helper()
	dbtest.Exec(t, s, "UPDATE migration SET group_id = CASE WHEN name >= '"+name+"' THEN 2 ELSE 1 END")
	m, err := s.Migrator(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}
