package change

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Run is a turn of a result at the engine: see Queued.
type Run struct {
	CourseID, ResultID, AssignmentID, Generation int64
	// Revision is the number of the configuration to process the result with: the current
	// one, unless the engine is at it already with another.
	Revision int
	Recipe   *db.Bundle
	Config   *db.Bundle // nil for none
	Product  *db.Bundle // nil if there never was one; it may be purged
	// EngineJob is what the engine calls this work, once it has begun.
	EngineJob string
	// StartedAt is when the engine was first seen to process it, in this turn and since the
	// result last waited; nil when it was not.
	StartedAt *time.Time
	// Progress is how far it came, as it was noted last.
	Progress RunProgress
}

// A RunProgress says how far a run has come.
type RunProgress struct {
	State    db.ResultState // StateQueued or StateProcessing
	Progress float64        // 0..1
	// WaitReason says why the run does not go on, for people; "" is that it does.
	WaitReason string
}

// storedRun is what the store has of a run.
type storedRun struct {
	db.Result `bun:",extend"`
	EngineJob string `bun:"engine_job"`
	Current   *int   `bun:"current"`
}

// LoadRun returns a turn of a result. It fails with fault.NotFound when there is no such turn
// any more: the result is done, paused, gone, or was queued once more.
func LoadRun(ctx context.Context, s *db.Store, course, result, turn int64) (*Run, error) {
	st, err := readRun(ctx, s.DB(), course, result, turn)
	if err != nil {
		return nil, query.WrapError(err)
	}
	run := &Run{CourseID: course, ResultID: result, AssignmentID: st.AssignmentID, Generation: turn, EngineJob: st.EngineJob, StartedAt: st.StartedAt}
	run.Progress = RunProgress{State: st.State}
	if st.Progress != nil {
		run.Progress.Progress = *st.Progress
	}
	if st.Summary != nil {
		run.Progress.WaitReason = *st.Summary
	}
	revision := st.Current
	if st.EngineJob != "" && st.Revision != nil {
		revision = st.Revision
	}
	if revision == nil {
		return nil, fault.NotFound
	}
	run.Revision = *revision
	return run, query.WrapError(loadRunBundles(ctx, s, run))
}

func readRun(ctx context.Context, tx bun.IDB, course, result, turn int64) (*storedRun, error) {
	st := &storedRun{}
	err := tx.NewSelect().TableExpr("result AS res").
		Join("JOIN assignment AS asg ON asg.course_id = res.course_id AND asg.id = res.assignment_id").
		ColumnExpr("res.assignment_id, res.state, res.queued_at, res.started_at, res.progress, res.revision, res.summary, coalesce(res.engine_job, '') AS engine_job").
		ColumnExpr("asg.revision AS current").
		Where("res.course_id = ? AND res.id = ?", course, result).Scan(ctx, st)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fault.NotFound
	case err != nil:
		return nil, fmt.Errorf("read result %d: %w", result, err)
	case generationOf(st.QueuedAt) != turn, st.State != db.StateQueued && st.State != db.StateProcessing:
		return nil, fault.NotFound
	}
	return st, nil
}

// loadRunBundles reads what the engine needs.
func loadRunBundles(ctx context.Context, s *db.Store, run *Run) error {
	var all []*db.Bundle
	err := s.DB().NewSelect().Model(&all).
		Where("bdl.course_id = ? AND (bdl.kind = ? AND bdl.result_id = ? OR bdl.id IN (?))", run.CourseID, db.BundleProduct, run.ResultID,
			s.DB().NewSelect().TableExpr("revision AS rev, bundle AS conf").Column("conf.id").
				Where("rev.course_id = ? AND rev.assignment_id = ? AND rev.number = ?", run.CourseID, run.AssignmentID, run.Revision).
				Where("conf.course_id = rev.course_id AND conf.id IN (rev.recipe_id, rev.config_id)")).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read the bundles of result %d: %w", run.ResultID, err)
	}
	for _, b := range all {
		switch b.Kind {
		case db.BundleRecipe:
			run.Recipe = b
		case db.BundleConfig:
			run.Config = b
		case db.BundleProduct:
			run.Product = b
		}
	}
	return nil
}

// SaveRun writes how far a run has come, and what the engine calls it: a job of which it was
// another name is to be ended. It fails with fault.NotFound when the turn is over.
func (c *Tx) SaveRun(ctx context.Context, run *Run) error {
	sequence, err := db.Reserve(ctx, c.tx, db.SequenceCounter, 1)
	if err != nil {
		return err
	}
	if _, err := readRun(ctx, c.tx, run.CourseID, run.ResultID, run.Generation); err != nil {
		return err
	}
	err = c.scheduleCancellation(ctx, query.SQL("res.course_id = ? AND res.id = ? AND res.engine_job <> ?", run.CourseID, run.ResultID, run.EngineJob))
	if err != nil {
		return err
	}
	q := c.tx.NewUpdate().Table("result").Where("course_id = ? AND id = ?", run.CourseID, run.ResultID).
		Set("state = ?, sequence_id = ?, revision = ?", run.Progress.State, sequence, run.Revision).
		Set("engine_job = nullif(?, ''), summary = nullif(?, '')", run.EngineJob, run.Progress.WaitReason)
	if run.Progress.State == db.StateProcessing {
		run.StartedAt = cmp.Or(run.StartedAt, &c.now)
		q.Set("label = 'Processing', started_at = coalesce(started_at, ?), progress = ?", c.now, run.Progress.Progress)
	} else {
		run.StartedAt = nil
		q.Set("label = 'Queued', started_at = NULL, progress = NULL")
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("note how far result %d has come: %w", run.ResultID, err)
	}
	return nil
}

// FinishRun ends a run: the result is done, with the outcome, steps and results bundles of
// item. What was handed in and who did it stays. It fails with fault.NotFound when the turn
// is over: then what came of it is not kept.
func (c *Tx) FinishRun(ctx context.Context, run *Run, item *ingest.ResultItem) error {
	if _, err := db.Reserve(ctx, c.tx, db.SequenceCounter, 0); err != nil {
		return err
	}
	if _, err := readRun(ctx, c.tx, run.CourseID, run.ResultID, run.Generation); err != nil {
		return err
	}
	if err := c.copyUnchanged(ctx, run, item); err != nil {
		return err
	}
	if err := c.writeResults(ctx, []*ingest.ResultItem{item}); err != nil {
		return fmt.Errorf("end the processing of result %d: %w", run.ResultID, err)
	}
	_, err := c.tx.NewUpdate().Table("result").Set("engine_job = NULL, revision = ?", run.Revision).
		Where("course_id = ? AND id = ?", run.CourseID, run.ResultID).Exec(ctx)
	return err
}

// copyUnchanged fills in what processing does not change of a result.
func (c *Tx) copyUnchanged(ctx context.Context, run *Run, item *ingest.ResultItem) error {
	key := []query.Key{{run.CourseID, run.ResultID}}
	rows, err := db.ResultByID.LoadStored(ctx, c.store.DB(), c.tx, key)
	if err != nil {
		return err
	}
	if len(rows[0]) == 0 {
		return fault.NotFound
	}
	members, err := db.ResultMembers.LoadStored(ctx, c.store.DB(), c.tx, key)
	if err != nil {
		return err
	}
	bundles, err := db.ResultBundles.LoadStored(ctx, c.store.DB(), c.tx, key)
	if err != nil {
		return err
	}
	was, now := rows[0][0], &item.Result
	item.Group = nil
	for _, m := range members[0] {
		item.Group = append(item.Group, m.UserID)
	}
	for _, b := range bundles[0] {
		if b.Kind == db.BundleProduct {
			item.Bundles = append(item.Bundles, b)
		}
	}
	now.CourseID, now.AssignmentID, now.UserID, now.Attempt = was.CourseID, was.AssignmentID, was.UserID, was.Attempt
	now.SubmittedAt, now.IsLate, now.PreviewURL = was.SubmittedAt, was.IsLate, was.PreviewURL
	now.QueuedAt, now.StartedAt = was.QueuedAt, was.StartedAt
	now.State, now.Progress, now.ProcessedAt = db.StateDone, new(1.0), &c.now
	if now.StartedAt == nil {
		now.StartedAt = &c.now
	}
	return nil
}
