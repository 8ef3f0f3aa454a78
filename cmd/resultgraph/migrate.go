package main

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all pending migrations."`
	Down   migrateDown   `cmd:"" help:"Take back the last migrations, with the data in their tables."`
	Status migrateStatus `cmd:"" help:"List the migrations."`
}

type (
	migrateUp   struct{}
	migrateDown struct {
		Yes bool `help:"Do it: without this nothing is taken back."`
	}
	migrateStatus struct{}
)

// Run applies pending migrations.
func (*migrateUp) Run(ctx context.Context, s *Settings, c *console) error {
	return withMigrator(ctx, s, func(m *db.Migrator) error {
		done, err := m.Up(ctx)
		for _, d := range done {
			fmt.Fprintln(c.out, "applied", d.Name)
		}
		if err == nil && len(done) == 0 {
			fmt.Fprintln(c.out, "nothing to do")
		}
		return err
	})
}

// Run takes the last migrations back.
func (d *migrateDown) Run(ctx context.Context, s *Settings, c *console) error {
	if !d.Yes {
		return fmt.Errorf("this drops the tables of the last migrations with all their data: add --yes to do it")
	}
	return withMigrator(ctx, s, func(m *db.Migrator) error {
		undone, err := m.Down(ctx)
		for _, u := range undone {
			fmt.Fprintln(c.out, "took back", u.Name)
		}
		return err
	})
}

// Run lists the migrations.
func (*migrateStatus) Run(ctx context.Context, s *Settings, c *console) error {
	return withMigrator(ctx, s, func(m *db.Migrator) error {
		all, err := m.Status(ctx)
		for _, a := range all {
			state := "pending"
			if a.Applied {
				state = "applied"
			}
			fmt.Fprintf(c.out, "%-30s %s\n", a.Name, state)
		}
		return err
	})
}

func withMigrator(ctx context.Context, s *Settings, f func(*db.Migrator) error) error {
	store, err := db.Open(ctx, s.location())
	if err != nil {
		return err
	}
	defer store.Close()
	m, err := store.Migrator()
	if err != nil {
		return err
	}
	return f(m)
}
