package db

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// ID returns the random id of the store, which its folder of blobs has too.
func (s *Store) ID(ctx context.Context) (id string, err error) {
	err = s.db.NewRaw("SELECT id FROM store").Scan(ctx, &id)
	if err != nil {
		return "", fmt.Errorf("read the id of the store: %w", query.WrapError(err))
	}
	return id, nil
}

// maxJobPause is the time since the last run of the daily job after which a start begins a new wait.
const maxJobPause = 36 * time.Hour

// RecordStart records the start of a server, for SweepState. The start begins a new wait if the job that
// sweeps has not run lately: the store is new, was stopped for days, or is restored from a backup. Other
// starts change nothing: otherwise a server that restarts every night would never sweep.
func (s *Store) RecordStart(ctx context.Context) error {
	sinceRun := query.SecondsBetween("job_ran_at", s.clock())
	_, err := s.db.Write(ctx, s.db.NewRaw("UPDATE store SET started_at = "+s.clock()+" WHERE started_at IS NULL OR job_ran_at IS NULL OR ? NOT BETWEEN 0 AND ?",
		sinceRun, maxJobPause.Seconds()))
	if err != nil {
		return fmt.Errorf("record the start of the server: %w", err)
	}
	return nil
}

// RecordJobRun records that the job that sweeps runs, for RecordStart. A wait that starts in the future,
// because the clock was wrong, starts now instead.
func (s *Store) RecordJobRun(ctx context.Context) error {
	_, err := s.db.Write(ctx, s.db.NewRaw("UPDATE store SET job_ran_at = "+s.clock()+", started_at = CASE WHEN ? >= 0 THEN started_at ELSE "+s.clock()+" END",
		query.SecondsBetween("started_at", s.clock())))
	if err != nil {
		return fmt.Errorf("record the run of the job: %w", err)
	}
	return nil
}

// A SweepState is what the store knows that decides whether the blobs may be swept.
type SweepState struct {
	// IsEmpty is set for a store without accounts.
	IsEmpty bool
	// IsReverted is set if migrations were reverted since the last sweep.
	IsReverted bool
	// SinceStart is the time since the start that began the wait, by the clock of the database; 0 without
	// a start.
	SinceStart time.Duration
}

// SweepState reads the state.
func (s *Store) SweepState(ctx context.Context) (state SweepState, err error) {
	if state.IsEmpty, err = s.IsEmpty(ctx); err != nil {
		return state, err
	}
	var seconds float64
	err = s.db.NewRaw("SELECT reverted, coalesce(?, 0.0) FROM store", query.SecondsBetween("started_at", s.clock())).
		Scan(ctx, &state.IsReverted, &seconds)
	if err != nil {
		return state, fmt.Errorf("read the state of sweeps: %w", query.WrapError(err))
	}
	state.SinceStart = time.Duration(seconds * float64(time.Second))
	return state, nil
}

// RecordSweep records that the blobs were swept, which ends IsReverted.
func (s *Store) RecordSweep(ctx context.Context) error {
	if _, err := s.db.Write(ctx, s.db.NewRaw("UPDATE store SET reverted = FALSE")); err != nil {
		return fmt.Errorf("record the sweep: %w", err)
	}
	return nil
}

// clock returns the SQL of the present time by the clock of the database.
func (s *Store) clock() string {
	if query.IsPostgres(s.db) {
		return "clock_timestamp()"
	}
	return "strftime('%Y-%m-%d %H:%M:%f', 'now')"
}
