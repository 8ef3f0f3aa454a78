package change

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// How often the engine is asked to end a job that nobody goes on with, and for how long: it
// ends them itself some day.
const (
	maxCancelAttempts = 20
	maxCancelAge      = 7 * 24 * time.Hour
)

// scheduleCancellation notes those of the engine's jobs that results have, of which the conditions
// say which, to be ended. The results are about to be written without them.
func (c *Tx) scheduleCancellation(ctx context.Context, of query.Clause) error {
	_, err := c.tx.NewRaw(`INSERT INTO engine_job_end (job, since)
		SELECT res.engine_job, ? FROM result AS res WHERE res.engine_job IS NOT NULL AND ? ON CONFLICT (job) DO NOTHING`,
		c.now, of).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note which jobs the engine is to end: %w", err)
	}
	return nil
}

// ListJobsToCancel returns jobs that the engine is to end, at most so many, those first that were
// tried least. What has been tried too often or for too long is not returned any more.
func ListJobsToCancel(ctx context.Context, s *db.Store, most int64) (jobs []string, err error) {
	err = s.DB().NewSelect().TableExpr("engine_job_end").Column("job").Order("tries", "since", "job").Limit(most).Scan(ctx, &jobs)
	return jobs, query.WrapError(err)
}

// RecordCancellation notes that the engine has ended a job, or could not be told to.
func RecordCancellation(ctx context.Context, s *db.Store, job string, ended bool, now time.Time) error {
	if !ended {
		_, err := s.DB().NewRaw("UPDATE engine_job_end SET tries = tries + 1 WHERE job = ?", job).Exec(ctx)
		if err != nil {
			return query.WrapError(err)
		}
	}
	_, err := s.DB().NewRaw("DELETE FROM engine_job_end WHERE job = ? AND (? OR tries >= ? OR since < ?)",
		job, ended, maxCancelAttempts, now.UTC().Add(-maxCancelAge)).Exec(ctx)
	return query.WrapError(err)
}
