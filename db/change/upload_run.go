package change

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// BeginUpload marks an upload as running and returns it. Then another equal upload may be created.
// A running upload stays running. BeginUpload fails with fault.NotFound when the upload does not
// exist or has ended.
func (t *Tx) BeginUpload(ctx context.Context, course, id int64) (*db.ScoreUpload, error) {
	var rows []*db.ScoreUpload
	err := t.tx.NewUpdate().Model(&rows).Set("state = ?", db.UploadRunning).Set("started_at = coalesce(started_at, ?)", t.now).
		Where("course_id = ? AND id = ? AND state IN (?, ?)", course, id, db.UploadWaiting, db.UploadRunning).
		Returning("*").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin upload %d: %w", id, err)
	}
	return query.Single(rows, nil)
}

// SetCanvasJobID stores the id of the job in Canvas that stores the grades of an upload, so that an
// instance that resumes the upload does not send the grades again.
func (t *Tx) SetCanvasJobID(ctx context.Context, course, id int64, canvasJobID string) error {
	_, err := t.tx.NewUpdate().Model((*db.ScoreUpload)(nil)).Set("canvas_progress = ?", canvasJobID).
		Where("course_id = ? AND id = ?", course, id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("store the Canvas job of upload %d: %w", id, err)
	}
	return nil
}

// FinishUpload marks an upload as done, or as failed if failure is not "". It fails with
// fault.NotFound when the upload is not running.
func (t *Tx) FinishUpload(ctx context.Context, course, id int64, failure string) error {
	state := db.UploadDone
	if failure != "" {
		state = db.UploadFailed
	}
	res, err := t.tx.NewUpdate().Model((*db.ScoreUpload)(nil)).
		Set("state = ?", state).Set("failure = nullif(?, '')", failure).Set("ended_at = ?", t.now).
		Where("course_id = ? AND id = ? AND state = ?", course, id, db.UploadRunning).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end upload %d: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.NotFound
}

// UpsertScoreOutcomes inserts or replaces the outcomes of scores.
func (t *Tx) UpsertScoreOutcomes(ctx context.Context, items []*db.ScoreOutcome) error {
	if err := query.Upsert(ctx, t.tx, items, []string{"course_id", "upload_id", "user_id"}); err != nil {
		return fmt.Errorf("write the outcomes of %d scores: %w", len(items), err)
	}
	return nil
}

// maxUploadWait is the maximum age of an earlier upload for which IsNextUpload waits.
const maxUploadWait = 24 * time.Hour

// IsNextUpload reports whether all earlier uploads of the same assignment have ended. An upload
// must not run while an earlier upload does, because it would mistake the grades of the earlier
// upload in Canvas for its own grades. IsNextUpload ignores uploads that are older than a day.
func (t *Tx) IsNextUpload(ctx context.Context, course, id int64) (bool, error) {
	blocked, err := t.tx.NewSelect().TableExpr("upload AS upl").Join("JOIN upload AS this_upl ON this_upl.course_id = upl.course_id AND this_upl.assignment_id = upl.assignment_id").
		Where("this_upl.course_id = ? AND this_upl.id = ? AND upl.id < this_upl.id AND upl.state IN (?, ?)", course, id, db.UploadWaiting, db.UploadRunning).
		Where("upl.created_at > ?", t.now.Add(-maxUploadWait)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("read the earlier uploads: %w", err)
	}
	return !blocked, nil
}
