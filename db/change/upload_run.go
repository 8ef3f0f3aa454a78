package change

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// BeginUpload notes that an upload begins, and returns it; from then on another one of its
// kind may wait. One that had begun already goes on. It fails with fault.NotFound when there
// is no such upload, or when it is over.
func (c *Tx) BeginUpload(ctx context.Context, course, id int64) (*db.ScoreUpload, error) {
	var rows []*db.ScoreUpload
	err := c.tx.NewUpdate().Model(&rows).Set("state = ?", db.UploadRunning).Set("started_at = coalesce(started_at, ?)", c.now).
		Where("course_id = ? AND id = ? AND state IN (?, ?)", course, id, db.UploadWaiting, db.UploadRunning).
		Returning("*").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin the upload %d: %w", id, err)
	}
	return query.Single(rows, nil)
}

// SetUploadProgress records the id of the Progress object of Canvas that tells how far an upload
// has come, so that whoever takes it over need not send it again.
func (c *Tx) SetUploadProgress(ctx context.Context, course, id int64, progress string) error {
	_, err := c.tx.NewUpdate().Model((*db.ScoreUpload)(nil)).Set("canvas_progress = ?", progress).
		Where("course_id = ? AND id = ?", course, id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note the progress of the upload %d: %w", id, err)
	}
	return nil
}

// FinishUpload notes that an upload is over, and why it failed; "" is that it did not. It fails
// with fault.NotFound for one that is not running.
func (c *Tx) FinishUpload(ctx context.Context, course, id int64, failure string) error {
	state := db.UploadDone
	if failure != "" {
		state = db.UploadFailed
	}
	res, err := c.tx.NewUpdate().Model((*db.ScoreUpload)(nil)).
		Set("state = ?", state).Set("failure = nullif(?, '')", failure).Set("ended_at = ?", c.now).
		Where("course_id = ? AND id = ? AND state = ?", course, id, db.UploadRunning).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end the upload %d: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.NotFound
}

// UpsertScoreOutcomes writes what became of scores, in place of what was known of them.
func (c *Tx) UpsertScoreOutcomes(ctx context.Context, items []*db.ScoreOutcome) error {
	if err := query.Upsert(ctx, c.tx, items, []string{"course_id", "upload_id", "user_id"}); err != nil {
		return fmt.Errorf("write what became of %d scores: %w", len(items), err)
	}
	return nil
}

// maxUploadWait is how long an upload lets those after it wait at most.
const maxUploadWait = 24 * time.Hour

// IsNextUpload tells whether an upload may go on: not while an earlier one of the same assignment
// has not ended, so that none finds the scores of another where its own were. One that has
// not ended after a day is waited for no longer.
func (c *Tx) IsNextUpload(ctx context.Context, course, id int64) (bool, error) {
	before, err := c.tx.NewSelect().TableExpr("upload AS upl").Join("JOIN upload AS me ON me.course_id = upl.course_id AND me.assignment_id = upl.assignment_id").
		Where("me.course_id = ? AND me.id = ? AND upl.id < me.id AND upl.state IN (?, ?)", course, id, db.UploadWaiting, db.UploadRunning).
		Where("upl.created_at > ?", c.now.Add(-maxUploadWait)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("read whose turn it is to upload: %w", err)
	}
	return !before, nil
}
