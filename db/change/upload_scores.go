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

// outcomeBatch is the number of outcomes that one statement writes.
const outcomeBatch = 1000

// MarkScoresPending stores the outcomes of scores before some of them are sent. From then on
// pending scores may have been sent with a Canvas job that is not known yet. X is the upload as
// it was read, and pending the number of its pending scores. MarkScoresPending fails with
// fault.Conflict when another instance has continued the upload since, and with fault.NotFound
// when the upload has ended.
func (t *Tx) MarkScoresPending(ctx context.Context, x *db.ScoreUpload, pending int, items []*db.ScoreOutcome) error {
	now, err := t.BeginUpload(ctx, x.CourseID, x.MomotorID)
	if err != nil {
		return err
	}
	n, err := t.tx.NewSelect().Model((*db.ScoreOutcome)(nil)).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", x.CourseID, x.MomotorID, db.ScorePending).Count(ctx)
	if err != nil {
		return fmt.Errorf("count the pending scores of upload %d: %w", x.MomotorID, err)
	}
	if int(n) != pending || !query.EqualValues(now.CanvasProgress, x.CanvasProgress) {
		return fmt.Errorf("upload %d: %w", x.MomotorID, fault.Conflict)
	}
	if slices.ContainsFunc(items, func(o *db.ScoreOutcome) bool { return o.State == db.ScorePending }) {
		_, err := t.tx.NewUpdate().Model((*db.ScoreUpload)(nil)).Set("canvas_progress = NULL").
			Where("course_id = ? AND id = ?", x.CourseID, x.MomotorID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("reset the Canvas job of upload %d: %w", x.MomotorID, err)
		}
	}
	return t.upsertPending(ctx, items)
}

// SaveScoreOutcomes stores the outcomes of scores that were pending; other scores keep theirs. It
// fails with fault.NotFound when the upload has ended.
func (t *Tx) SaveScoreOutcomes(ctx context.Context, x *db.ScoreUpload, items []*db.ScoreOutcome) error {
	if _, err := t.BeginUpload(ctx, x.CourseID, x.MomotorID); err != nil {
		return err
	}
	return t.upsertPending(ctx, items)
}

// DeletePendingScores deletes the pending outcomes of scores that were certainly not sent.
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

// upsertPending writes outcomes, except those that exist and are not pending.
func (t *Tx) upsertPending(ctx context.Context, items []*db.ScoreOutcome) error {
	for some := range slices.Chunk(items, outcomeBatch) {
		q := t.tx.NewInsert().Model(&some).Returning("NULL").
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

// RejectPendingScores records for the pending scores of an upload that Canvas did not accept them
// as far as is known, and the reason.
func (t *Tx) RejectPendingScores(ctx context.Context, course, upload int64, reason string) error {
	_, err := t.tx.NewUpdate().Model((*db.ScoreOutcome)(nil)).Set("state = ?", db.ScoreRefused).Set("reason = ?", reason).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", course, upload, db.ScorePending).Exec(ctx)
	if err != nil {
		return fmt.Errorf("reject the pending scores of upload %d: %w", upload, err)
	}
	return nil
}
