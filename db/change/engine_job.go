package change

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// The limits of the attempts to cancel a job of the engine. The engine itself eventually ends
// abandoned jobs.
const (
	maxCancelAttempts = 20
	maxCancelAge      = 7 * 24 * time.Hour
)

// scheduleCancellation schedules the cancellation of the engine jobs of the results that a
// condition on result AS res selects. The caller must then remove the jobs from these results.
func (t *Tx) scheduleCancellation(ctx context.Context, results query.Clause) error {
	_, err := t.tx.NewRaw(`INSERT INTO engine_job_cancellation (job, requested_at)
		SELECT res.engine_job, ? FROM result AS res WHERE res.engine_job IS NOT NULL AND ? ON CONFLICT (job) DO NOTHING`,
		t.now, results).Exec(ctx)
	if err != nil {
		return fmt.Errorf("schedule the cancellation of engine jobs: %w", err)
	}
	return nil
}

// ListJobsToCancel returns up to max engine jobs to cancel, those with the fewest attempts first.
func ListJobsToCancel(ctx context.Context, s *db.Store, max int64) (ids []string, err error) {
	err = s.DB().NewSelect().TableExpr("engine_job_cancellation").Column("job").Order("attempts", "requested_at", "job").Limit(max).Scan(ctx, &ids)
	return ids, query.WrapError(err)
}

// RecordCancellation records an attempt to cancel an engine job. When the job was cancelled or
// reaches one of the limits, ListJobsToCancel no longer returns it.
func RecordCancellation(ctx context.Context, s *db.Store, job string, cancelled bool, now time.Time) error {
	if !cancelled {
		_, err := s.DB().NewRaw("UPDATE engine_job_cancellation SET attempts = attempts + 1 WHERE job = ?", job).Exec(ctx)
		if err != nil {
			return query.WrapError(err)
		}
	}
	_, err := s.DB().NewRaw("DELETE FROM engine_job_cancellation WHERE job = ? AND (? OR attempts >= ? OR requested_at < ?)",
		job, cancelled, maxCancelAttempts, now.UTC().Add(-maxCancelAge)).Exec(ctx)
	return query.WrapError(err)
}
