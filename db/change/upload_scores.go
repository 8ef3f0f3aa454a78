package change

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// outcomeBatch is the maximum number of outcomes that one statement writes.
const outcomeBatch = 1000

// MarkScoresPending stores the outcomes of scores before the pending ones are sent to Canvas. If the
// instance stops before it stores the id of Canvas's Progress object, a pending score may have been
// sent. The caller passes the upload and the number of its pending scores, as the caller has read
// them. MarkScoresPending fails with fault.Conflict when another instance has continued the upload
// since then, and with fault.NotFound when the upload has ended.
func (t *Tx) MarkScoresPending(ctx context.Context, upload *db.ScoreUpload, pending int, items []*db.ScoreOutcome) error {
	current, err := t.BeginUpload(ctx, upload.CourseID, upload.MomotorID)
	if err != nil {
		return err
	}
	n, err := t.tx.NewSelect().Model((*db.ScoreOutcome)(nil)).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", upload.CourseID, upload.MomotorID, db.ScorePending).Count(ctx)
	if err != nil {
		return fmt.Errorf("count the pending scores of upload %d: %w", upload.MomotorID, err)
	}
	if int(n) != pending || !query.EqualValues(current.CanvasJobID, upload.CanvasJobID) {
		return fmt.Errorf("continue upload %d: %w", upload.MomotorID, fault.Conflict)
	}
	if slices.ContainsFunc(items, func(o *db.ScoreOutcome) bool { return o.State == db.ScorePending }) {
		_, err := t.tx.NewUpdate().Model((*db.ScoreUpload)(nil)).Set("canvas_progress = NULL").
			Where("course_id = ? AND id = ?", upload.CourseID, upload.MomotorID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("reset the Canvas job of upload %d: %w", upload.MomotorID, err)
		}
	}
	return t.upsertPending(ctx, items)
}

// SaveScoreOutcomes stores outcomes of scores. It does not replace stored outcomes other than
// pending. It fails with fault.NotFound when the upload has ended.
func (t *Tx) SaveScoreOutcomes(ctx context.Context, upload *db.ScoreUpload, items []*db.ScoreOutcome) error {
	if _, err := t.BeginUpload(ctx, upload.CourseID, upload.MomotorID); err != nil {
		return err
	}
	return t.upsertPending(ctx, items)
}

// DeletePendingScores deletes the pending outcomes of an upload whose pending scores were certainly
// not sent. It fails with fault.NotFound when the upload has ended.
func (t *Tx) DeletePendingScores(ctx context.Context, course, upload int64) error {
	if _, err := t.BeginUpload(ctx, course, upload); err != nil {
		return err
	}
	_, err := t.tx.NewDelete().Model((*db.ScoreOutcome)(nil)).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", course, upload, db.ScorePending).Exec(ctx)
	if err != nil {
		return fmt.Errorf("delete the pending scores of upload %d: %w", upload, err)
	}
	return nil
}

// upsertPending writes outcomes, but does not replace stored outcomes other than pending.
func (t *Tx) upsertPending(ctx context.Context, items []*db.ScoreOutcome) error {
	for batch := range slices.Chunk(items, outcomeBatch) {
		q := t.tx.NewInsert().Model(&batch).Returning("NULL").
			On("CONFLICT (course_id, upload_id, user_id) DO UPDATE").Where("upo.state = ?", db.ScorePending)
		for _, column := range []string{"state", "grade", "reason"} {
			q.Set("? = excluded.?", bun.Ident(column), bun.Ident(column))
		}
		if _, err := q.Exec(ctx); err != nil {
			return fmt.Errorf("write the outcomes of %d scores: %w", len(items), err)
		}
	}
	return nil
}

// RefusePendingScores changes the pending scores of an upload to db.ScoreRefused, with a reason. It
// is unknown whether Canvas stored them.
func (t *Tx) RefusePendingScores(ctx context.Context, course, upload int64, reason string) error {
	_, err := t.tx.NewUpdate().Model((*db.ScoreOutcome)(nil)).Set("state = ?", db.ScoreRefused).Set("reason = ?", reason).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", course, upload, db.ScorePending).Exec(ctx)
	if err != nil {
		return fmt.Errorf("refuse the pending scores of upload %d: %w", upload, err)
	}
	return nil
}
