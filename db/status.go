package db

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// A Status has figures about the work on a store, which operators watch. All instances have the same.
type Status struct {
	// Jobs are the numbers of jobs that are not done, by kind and state; those of 0 are missing.
	Jobs []JobCount
	// Refreshes are the last refreshes from Canvas; accounts that were never refreshed are missing.
	Refreshes []AccountRefresh
	// ImportedAt is the end of the last import; nil before the first.
	ImportedAt *time.Time
}

// A JobCount is the number of jobs of a kind in a state.
type JobCount struct {
	Kind  string   `bun:"kind"`
	State JobState `bun:"state"`
	Count int      `bun:"count"`
}

// An AccountRefresh is the last refresh of an assignment of an account that succeeded.
type AccountRefresh struct {
	AccountID   int64     `bun:"account_id"`
	RefreshedAt time.Time `bun:"refreshed_at"`
}

// Status reads the status. It reads the jobs that are not done by an index, and no results.
func (s *Store) Status(ctx context.Context) (*Status, error) {
	status := &Status{}
	err := s.db.NewRaw("SELECT job.kind, "+jobState+` AS state, count(*) AS count FROM river_job AS job
		WHERE job.state IN ('available', 'cancelled', 'discarded', 'pending', 'retryable', 'running', 'scheduled') GROUP BY 1, 2`).Scan(ctx, &status.Jobs)
	if err == nil {
		err = s.db.NewRaw(`SELECT crs.account_id, max(asg.refreshed_at) AS refreshed_at FROM assignment AS asg
			JOIN course AS crs ON crs.id = asg.course_id WHERE asg.refreshed_at IS NOT NULL GROUP BY 1`).Scan(ctx, &status.Refreshes)
	}
	if err == nil {
		err = s.db.NewRaw("SELECT imported_at FROM store").Scan(ctx, &status.ImportedAt)
	}
	if err != nil {
		return nil, fmt.Errorf("read the status of the store: %w", query.WrapError(err))
	}
	return status, nil
}

// RecordImport records the end of an import, by the clock of the database.
func (s *Store) RecordImport(ctx context.Context) error {
	if _, err := s.db.Write(ctx, s.db.NewRaw("UPDATE store SET imported_at = "+s.clock())); err != nil {
		return fmt.Errorf("record the import: %w", err)
	}
	return nil
}
