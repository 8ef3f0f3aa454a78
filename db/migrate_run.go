package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"github.com/momotor/resultgraph/db/query"
)

// applyPending applies the pending migrations, which form a group, and returns those that it applied.
func (m *Migrator) applyPending(ctx context.Context) (applied []Migration, err error) {
	all, err := m.bun.MigrationsWithStatus(ctx)
	if err != nil {
		return nil, err
	}
	group := all.LastGroupID() + 1
	for _, pending := range all.Unapplied() {
		pending.GroupID = group
		if err := m.run(ctx, &pending, pending.Up, pending.Down); err != nil {
			return applied, err
		}
		applied = append(applied, Migration{migrationName(pending), true})
	}
	return applied, nil
}

// revertLastGroup reverts the migrations of the last group, newest first, and returns those that it
// reverted.
func (m *Migrator) revertLastGroup(ctx context.Context) (reverted []Migration, err error) {
	all, err := m.bun.MigrationsWithStatus(ctx)
	if err != nil {
		return nil, err
	}
	for _, last := range all.LastGroup().Migrations.Applied() {
		if err := m.run(ctx, &last, last.Down, last.Up); err != nil {
			return reverted, err
		}
		reverted = append(reverted, Migration{migrationName(last), false})
	}
	return reverted, nil
}

// refuseSweeps records, before a migration is reverted, that rows may be missing: see SweepState.
func (m *Migrator) refuseSweeps(ctx context.Context) error {
	hasTable := "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'store')"
	if query.IsPostgres(m.db) {
		hasTable = "SELECT to_regclass('store') IS NOT NULL"
	}
	var exists bool
	if err := m.db.NewRaw(hasTable).Scan(ctx, &exists); err != nil || !exists {
		return err
	}
	_, err := m.db.ExecContext(ctx, "UPDATE store SET reverted = TRUE")
	return err
}

// A migrationFile runs the statements of a file and then the hook of a migrator, in one transaction.
type migrationFile = func(context.Context, *migrate.Migrator, *migrate.Migration) error

// run runs a file of a migration; inverse is the file of the other direction. Earlier versions of this
// program recorded a migration after its transaction, so that a kill between the two left a store whose
// record is wrong and in which file fails forever. For such a store run corrects the record.
func (m *Migrator) run(ctx context.Context, migration *migrate.Migration, file, inverse migrationFile) error {
	err := file(ctx, m.bun, migration)
	if err != nil && m.isRun(ctx, migration, inverse) {
		m.log.WarnContext(ctx, "the migration has run, but is recorded wrongly: the record is corrected", "migration", migrationName(*migration), "error", err)
		return toggleMark(ctx, m.db, migration)
	}
	if err != nil {
		return fmt.Errorf("migration %s: %w", migrationName(*migration), err)
	}
	return nil
}

// isRun reports whether a file of a migration has run already: whether its inverse can run. The inverse
// is rolled back.
func (m *Migrator) isRun(ctx context.Context, migration *migrate.Migration, inverse migrationFile) bool {
	return errors.Is(inverse(ctx, m.dryRun, migration), errRollBack)
}

// errRollBack is the error of a file that could run and is rolled back.
var errRollBack = errors.New("the migration is rolled back")

// rollBack is the hook of files that must change nothing.
func rollBack(context.Context, bun.IConn, *migrate.Migration) error { return errRollBack }

// toggleMark is the hook that records, in the transaction of a migration, that it was applied or, if it
// was applied before, that it was reverted.
func toggleMark(ctx context.Context, tx bun.IConn, migration *migrate.Migration) error {
	if migration.IsApplied() {
		_, err := tx.ExecContext(ctx, "DELETE FROM migration WHERE id = ?", migration.ID)
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO migration (name, group_id) VALUES (?, ?)", migration.Name, migration.GroupID)
	return err
}
