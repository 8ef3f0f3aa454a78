package db

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"github.com/momotor/resultgraph/db/migrations"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/filelock"
)

// A Migration is a numbered change of the schema.
type Migration struct {
	Name    string
	Applied bool
}

// A Migrator updates the schema of a store.
type Migrator struct {
	db     *bun.DB
	bun    *migrate.Migrator // its files record themselves: see toggleMark
	dryRun *migrate.Migrator // rolls its files back: see isRun
	// location and lockFile are those of the store.
	location, lockFile string
	log                *slog.Logger
}

// Migrator returns the migrator of the store. It logs migrations whose record it corrects.
func (s *Store) Migrator(log *slog.Logger) (*Migrator, error) {
	files, folder := migrations.SQLite, "sqlite"
	if query.IsPostgres(s.db) {
		files, folder = migrations.Postgres, "postgres"
	}
	all := migrate.NewMigrations(migrate.WithMigrationsDirectory(folder))
	if err := all.Discover(files); err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	newMigrator := func(atEnd migrate.MigrationHook) *migrate.Migrator {
		return migrate.NewMigrator(s.db.DB, all, migrate.AfterMigration(atEnd),
			migrate.WithTableName("migration"), migrate.WithLocksTableName("migration_lock"))
	}
	return &Migrator{s.db.DB, newMigrator(toggleMark), newMigrator(rollBack), s.location, s.lockFile, log}, nil
}

// Up applies all pending migrations, each in its own transaction, and returns them. It fails for
// a store that a newer version of this program has migrated. Concurrent calls by several instances
// are safe, and so is a process that is killed: the next call continues.
func (m *Migrator) Up(ctx context.Context) (applied []Migration, err error) {
	err = m.withLock(ctx, func() error {
		if err := m.check(ctx, false); err != nil {
			return err
		}
		if applied, err = m.applyPending(ctx); err != nil {
			return err
		}
		riverMigrations, err := m.riverUp(ctx)
		applied = append(applied, riverMigrations...)
		return err
	})
	return applied, query.WrapError(err)
}

// Down reverts the migrations that the last Up applied, which deletes data. It returns them.
func (m *Migrator) Down(ctx context.Context) (reverted []Migration, err error) {
	err = m.withLock(ctx, func() error {
		if err := m.check(ctx, false); err != nil {
			return err
		}
		if err := m.refuseSweeps(ctx); err != nil {
			return err
		}
		if reverted, err = m.revertLastGroup(ctx); err != nil {
			return err
		}
		if remaining, err := m.bun.AppliedMigrations(ctx); err != nil || len(remaining) > 0 {
			return err
		}
		riverMigrations, err := m.riverDown(ctx)
		reverted = append(reverted, riverMigrations...)
		return err
	})
	return reverted, query.WrapError(err)
}

// Status returns all migrations, oldest first. It waits for another instance that migrates.
func (m *Migrator) Status(ctx context.Context) (all []Migration, err error) {
	err = m.withLock(ctx, func() error {
		all, err = m.status(ctx)
		return err
	})
	return all, query.WrapError(err)
}

// status is Status for a store that has the tables of the migrator.
func (m *Migrator) status(ctx context.Context) (all []Migration, err error) {
	known, err := m.bun.MigrationsWithStatus(ctx)
	if err != nil {
		return nil, query.WrapError(err)
	}
	for _, k := range known {
		all = append(all, Migration{migrationName(k), k.IsApplied()})
	}
	riverMigrations, err := m.riverStatus(ctx)
	return append(all, riverMigrations...), query.WrapError(err)
}

// Check fails unless the store has exactly the migrations of this program. The error says what to
// do. Check waits for another instance that migrates.
func (m *Migrator) Check(ctx context.Context) error {
	return query.WrapError(m.withLock(ctx, func() error { return m.check(ctx, true) }))
}

// check fails when the store has migrations that this program does not know. If complete is set, it
// also fails when a migration is not applied.
func (m *Migrator) check(ctx context.Context, complete bool) error {
	unknown, err := m.bun.MissingMigrations(ctx)
	if err != nil {
		return query.WrapError(err)
	}
	if len(unknown) > 0 {
		return errNewerSchema(unknown[0].Name)
	}
	all, err := m.status(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if complete && !a.Applied {
			return fmt.Errorf("the database lacks the migration %s: run “resultgraph migrate up” with the same --database", a.Name)
		}
	}
	return nil
}

func errNewerSchema(name string) error {
	return fmt.Errorf("the database has a newer schema (%s) than this program supports: use a newer version of the program", name)
}

// migrationLock is the key of PostgreSQL's advisory lock for migrations: the bytes of "resultgr".
const migrationLock = 0x726573756c746772

// withLock runs f while no other instance migrates the same store, on a store with the tables of the
// migrator. The system releases the lock of an instance that dies.
func (m *Migrator) withLock(ctx context.Context, f func() error) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.bun.Init(ctx); err != nil {
		return err
	}
	defer m.closeIdle()
	return f()
}

// lock waits for the lock of the store: an advisory lock of PostgreSQL, or a file beside SQLite's.
func (m *Migrator) lock(ctx context.Context) (unlock func(), err error) {
	if m.lockFile != "" {
		return filelock.LockContext(ctx, m.lockFile, filelock.Exclusive)
	}
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	unlock = func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(?)", int64(migrationLock))
		_ = conn.Close()
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(?)", int64(migrationLock)); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// closeIdle closes idle connections: SQLite reads the statistics that a migration wrote when it
// opens a connection.
func (m *Migrator) closeIdle() {
	if !query.IsPostgres(m.db) {
		m.db.SetMaxIdleConns(0)
		m.db.SetMaxIdleConns(m.db.Stats().MaxOpenConnections)
	}
}

func migrationName(m migrate.Migration) string { return m.Name + "_" + m.Comment }
