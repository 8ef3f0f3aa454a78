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

// outcomeBatch is how many outcomes one statement writes.
const outcomeBatch = 1000

// MarkScoresPending writes what becomes of scores before some of them are sent: those that are
// pending may have been sent from then on, in a job of Canvas that is not known yet. X is the
// upload as it was read, and pending how many of its scores were so. When somebody else has
// gone on with the upload since, it fails with fault.Conflict, and when it is over with
// fault.NotFound.
func (c *Tx) MarkScoresPending(ctx context.Context, x *db.ScoreUpload, pending int, items []*db.ScoreOutcome) error {
	now, err := c.BeginUpload(ctx, x.CourseID, x.MomotorID)
	if err != nil {
		return err
	}
	n, err := c.tx.NewSelect().Model((*db.ScoreOutcome)(nil)).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", x.CourseID, x.MomotorID, db.ScorePending).Count(ctx)
	if err != nil {
		return fmt.Errorf("count the scores on their way in the upload %d: %w", x.MomotorID, err)
	}
	if int(n) != pending || !query.EqualValues(now.CanvasProgress, x.CanvasProgress) {
		return fmt.Errorf("the upload %d: %w", x.MomotorID, fault.Conflict)
	}
	if slices.ContainsFunc(items, func(o *db.ScoreOutcome) bool { return o.State == db.ScorePending }) {
		_, err := c.tx.NewUpdate().Model((*db.ScoreUpload)(nil)).Set("canvas_progress = NULL").
			Where("course_id = ? AND id = ?", x.CourseID, x.MomotorID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("forget the last job of the upload %d: %w", x.MomotorID, err)
		}
	}
	return c.upsertPending(ctx, items)
}

// SaveScoreOutcomes writes what became of scores of an upload that were pending; what is known
// of others stays. It fails with fault.NotFound when the upload is over.
func (c *Tx) SaveScoreOutcomes(ctx context.Context, x *db.ScoreUpload, items []*db.ScoreOutcome) error {
	if _, err := c.BeginUpload(ctx, x.CourseID, x.MomotorID); err != nil {
		return err
	}
	return c.upsertPending(ctx, items)
}

// DeletePendingScores takes back that scores are pending, of which it is certain that they were not
// sent.
func (c *Tx) DeletePendingScores(ctx context.Context, course, upload int64) error {
	if _, err := c.BeginUpload(ctx, course, upload); err != nil {
		return err
	}
	_, err := c.tx.NewDelete().Model((*db.ScoreOutcome)(nil)).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", course, upload, db.ScorePending).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take back the scores of the upload %d: %w", upload, err)
	}
	return nil
}

// upsertPending writes outcomes, but not over those that are known already.
func (c *Tx) upsertPending(ctx context.Context, items []*db.ScoreOutcome) error {
	for some := range slices.Chunk(items, outcomeBatch) {
		q := c.tx.NewInsert().Model(&some).Returning("NULL").
			On("CONFLICT (course_id, upload_id, user_id) DO UPDATE").Where("upo.state = ?", db.ScorePending)
		for _, column := range []string{"state", "grade", "reason"} {
			q.Set("? = excluded.?", bun.Ident(column), bun.Ident(column))
		}
		if _, err := q.Exec(ctx); err != nil {
			return fmt.Errorf("write what became of %d scores: %w", len(items), err)
		}
	}
	return nil
}

// RejectPendingScores notes of the scores of an upload that are pending still that Canvas did not
// take them as far as is known, and why.
func (c *Tx) RejectPendingScores(ctx context.Context, course, upload int64, reason string) error {
	_, err := c.tx.NewUpdate().Model((*db.ScoreOutcome)(nil)).Set("state = ?", db.ScoreRefused).Set("reason = ?", reason).
		Where("upo.course_id = ? AND upo.upload_id = ? AND upo.state = ?", course, upload, db.ScorePending).Exec(ctx)
	if err != nil {
		return fmt.Errorf("give up the scores of the upload %d: %w", upload, err)
	}
	return nil
}
