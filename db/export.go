package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// An export is imported only into an empty store, because its rows keep their ids. The id of the export is
// recorded until the import ends, so that an interrupted import can continue.

// BeginExportImport records that the store is being filled from an export. It fails with fault.Conflict if
// the store is not empty, unless an import of the same export was interrupted. It deletes the jobs of the
// empty store, which would take the ids of those of the export.
func (s *Store) BeginExportImport(ctx context.Context, export string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var unfinished string
		if err := tx.NewRaw("SELECT coalesce(export_id, '') FROM store").Scan(ctx, &unfinished); err != nil {
			return err
		}
		if unfinished == export {
			return nil
		}
		if err := refuseRows(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.NewRaw("DELETE FROM river_job").Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw("UPDATE store SET export_id = ?", export).Exec(ctx)
		return err
	})
}

// refuseRows fails unless the store is empty.
func refuseRows(ctx context.Context, tx bun.Tx) error {
	for _, table := range []string{"account", "api_key", "lti_platform"} {
		exists, err := tx.NewSelect().Table(table).Exists(ctx)
		if err != nil {
			return err
		}
		if exists {
			return fault.New(fault.Conflict, fmt.Sprintf("the manifest is an export, which can be imported only into an empty store, and this store has a row in %s: use a new database and data folder", table))
		}
	}
	return nil
}

// EndExportImport records that the import of an export has ended.
func (s *Store) EndExportImport(ctx context.Context) error {
	_, err := s.db.Write(ctx, s.db.NewRaw("UPDATE store SET export_id = NULL"))
	if err != nil {
		return fmt.Errorf("record the end of the import: %w", err)
	}
	return nil
}

// IsPartOfExport reports whether the import of an export into the store was interrupted.
func (s *Store) IsPartOfExport(ctx context.Context) (is bool, err error) {
	if err := s.db.NewRaw("SELECT export_id IS NOT NULL FROM store").Scan(ctx, &is); err != nil {
		return false, fmt.Errorf("read whether an import was interrupted: %w", query.WrapError(err))
	}
	return is, nil
}
