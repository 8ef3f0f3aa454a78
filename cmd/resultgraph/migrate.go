package main

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all pending migrations."`
	Down   migrateDown   `cmd:"" help:"Undo the last group of migrations, which deletes the data in their tables."`
	Status migrateStatus `cmd:"" help:"List the migrations."`
}

type (
	migrateUp   struct{}
	migrateDown struct {
		Yes bool `env:"-" help:"Confirm that data is deleted."`
	}
	migrateStatus struct{ listFlags }
)

// Run applies pending migrations.
func (*migrateUp) Run(ctx context.Context, s *Settings, c *console) error {
	return withMigrator(ctx, s, c, func(m *db.Migrator) error {
		applied, err := m.Up(ctx)
		for _, a := range applied {
			fmt.Fprintln(c.out, "applied", a.Name)
		}
		if err == nil && len(applied) == 0 {
			fmt.Fprintln(c.out, "No migrations are pending.")
		}
		return err
	})
}

// Run undoes the last group of migrations.
func (cmd *migrateDown) Run(ctx context.Context, s *Settings, c *console) error {
	if !cmd.Yes {
		return usagef("this deletes the tables of the last migrations with all their data: confirm with --yes")
	}
	return withMigrator(ctx, s, c, func(m *db.Migrator) error {
		undone, err := m.Down(ctx)
		for _, u := range undone {
			fmt.Fprintln(c.out, "undid", u.Name)
		}
		return err
	})
}

// Run lists the migrations.
func (cmd *migrateStatus) Run(ctx context.Context, s *Settings, c *console) error {
	return withMigrator(ctx, s, c, func(m *db.Migrator) error {
		all, err := m.Status(ctx)
		if err != nil {
			return err
		}
		var rows []migrationRow
		for _, a := range all {
			rows = append(rows, migrationRow{a.Name, a.Applied})
		}
		return printList(c, cmd.listFlags, "MIGRATION\tSTATE", rows)
	})
}

// A migrationRow is a row of “migrate status”.
type migrationRow struct {
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

func (r migrationRow) cells() []string {
	if r.Applied {
		return []string{r.Name, "applied"}
	}
	return []string{r.Name, "pending"}
}

// withMigrator calls f with the migrator of the database.
func withMigrator(ctx context.Context, s *Settings, c *console, f func(*db.Migrator) error) error {
	store, err := db.Open(ctx, s.databaseURL())
	if err != nil {
		return err
	}
	defer store.Close()
	m, err := store.Migrator(s.logger(c))
	if err != nil {
		return err
	}
	return f(m)
}
