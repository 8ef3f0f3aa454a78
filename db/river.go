package db

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/momotor/resultgraph/db/query"
)

// A riverMigrator migrates the tables of River, the job queue. River has its own numbered
// migrations.
type riverMigrator interface {
	AllVersions() []rivermigrate.Migration
	ExistingVersions(ctx context.Context) ([]rivermigrate.Migration, error)
	Migrate(ctx context.Context, to rivermigrate.Direction, opts *rivermigrate.MigrateOpts) (*rivermigrate.MigrateResult, error)
}

// withRiver calls f with River's migrator for the store's database.
func (m *Migrator) withRiver(ctx context.Context, f func(riverMigrator) error) error {
	conf := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
	if !query.IsPostgres(m.db) {
		r, err := rivermigrate.New(riversqlite.New(m.db.DB), conf)
		if err != nil {
			return err
		}
		return f(r)
	}
	pool, err := pgxpool.New(ctx, m.location)
	if err != nil {
		return err
	}
	defer pool.Close()
	r, err := rivermigrate.New(riverpgxv5.New(pool), conf)
	if err != nil {
		return err
	}
	return f(r)
}

// riverStatus returns the migrations of River. It fails when the store has migrations that this
// program does not know.
func (m *Migrator) riverStatus(ctx context.Context) (all []Migration, err error) {
	err = m.withRiver(ctx, func(r riverMigrator) error {
		applied, err := r.ExistingVersions(ctx)
		if err != nil {
			return err
		}
		known := r.AllVersions()
		for i, v := range known {
			all = append(all, Migration{riverName(v.Version), i < len(applied)})
		}
		if len(applied) > len(known) {
			return errNewerSchema(riverName(applied[len(applied)-1].Version))
		}
		return nil
	})
	return all, err
}

// riverUp applies the pending migrations of River.
func (m *Migrator) riverUp(ctx context.Context) (applied []Migration, err error) {
	err = m.withRiver(ctx, func(r riverMigrator) error {
		res, err := r.Migrate(ctx, rivermigrate.DirectionUp, nil)
		if err != nil {
			return err
		}
		for _, v := range res.Versions {
			applied = append(applied, Migration{riverName(v.Version), true})
		}
		return nil
	})
	return applied, err
}

// riverDown deletes all tables of River with their jobs.
func (m *Migrator) riverDown(ctx context.Context) (reverted []Migration, err error) {
	err = m.withRiver(ctx, func(r riverMigrator) error {
		res, err := r.Migrate(ctx, rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1})
		if err != nil {
			return err
		}
		for _, v := range res.Versions {
			reverted = append(reverted, Migration{riverName(v.Version), false})
		}
		return nil
	})
	return reverted, err
}

func riverName(version int) string { return fmt.Sprintf("river_%03d", version) }
