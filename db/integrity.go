package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/db/query"
)

// CheckIntegrity reads a whole SQLite file, and fails if it is damaged. It does nothing on PostgreSQL, whose
// tools check the files of its server.
func (s *Store) CheckIntegrity(ctx context.Context) error {
	if s.IsPostgres() {
		return nil
	}
	var problem string
	if err := s.db.NewRaw("PRAGMA quick_check(1)").Scan(ctx, &problem); err != nil {
		return fmt.Errorf("check the database file: %w", query.WrapError(err))
	}
	if problem != "ok" {
		return errors.New(problem)
	}
	return nil
}
