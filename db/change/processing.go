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

// A Run is the processing of one generation of a result by the engine: see QueuedRun.
type Run struct {
	CourseID, ResultID, AssignmentID, Generation int64
	// Revision is the number of the configuration for this run. It is the current revision,
	// unless the engine has a job with an older revision.
	Revision int
	Recipe   *db.Bundle
	Config   *db.Bundle // nil if the assignment has no config
	Product  *db.Bundle // nil if the result never had a product; its file may be purged
	// EngineJob is the id of the engine's job; "" if the engine has no job.
	EngineJob string
	// StartedAt is the time at which processing started; nil while the result is queued.
	StartedAt *time.Time
	// Progress is the stored progress.
	Progress RunProgress
}

// A RunProgress is the state of a run.
type RunProgress struct {
	State    db.ResultState // StateQueued or StateProcessing
	Progress float64        // 0..1
	// WaitReason explains to users why the run does not continue; "" if it continues.
	WaitReason string
}

// A storedRun is a result with its engine job and the current revision of its assignment.
type storedRun struct {
	db.Result       `bun:",extend"`
	EngineJob       string `bun:"engine_job"`
	CurrentRevision *int   `bun:"current_revision"`
}

// LoadRun returns a generation of a result. It fails with fault.NotFound when the generation is
// over: the result is done or paused, was deleted, or was queued again.
func LoadRun(ctx context.Context, s *db.Store, course, result, generation int64) (*Run, error) {
	stored, err := readRun(ctx, s.DB(), course, result, generation)
	if err != nil {
		return nil, query.WrapError(err)
	}
	run := &Run{CourseID: course, ResultID: result, AssignmentID: stored.AssignmentID, Generation: generation, EngineJob: stored.EngineJob, StartedAt: stored.StartedAt}
	run.Progress = RunProgress{State: stored.State}
	if stored.Progress != nil {
		run.Progress.Progress = *stored.Progress
	}
	if stored.Summary != nil {
		run.Progress.WaitReason = *stored.Summary
	}
	revision := stored.CurrentRevision
	if stored.EngineJob != "" && stored.Revision != nil {
		revision = stored.Revision
	}
	if revision == nil {
		return nil, fault.NotFound
	}
	run.Revision = *revision
	return run, query.WrapError(loadRunBundles(ctx, s, run))
}

// readRun reads a generation of a result. It fails with fault.NotFound when the generation is over.
func readRun(ctx context.Context, tx bun.IDB, course, result, generation int64) (*storedRun, error) {
	stored := &storedRun{}
	err := tx.NewSelect().TableExpr("result AS res").
		Join("JOIN assignment AS asg ON asg.course_id = res.course_id AND asg.id = res.assignment_id").
		ColumnExpr("res.assignment_id, res.state, res.queued_at, res.started_at, res.progress, res.revision, res.summary, coalesce(res.engine_job, '') AS engine_job").
		ColumnExpr("asg.revision AS current_revision").
		Where("res.course_id = ? AND res.id = ?", course, result).Scan(ctx, stored)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fault.NotFound
	case err != nil:
		return nil, fmt.Errorf("read result %d: %w", result, err)
	case generationOf(stored.QueuedAt) != generation, stored.State != db.StateQueued && stored.State != db.StateProcessing:
		return nil, fault.NotFound
	}
	return stored, nil
}

// loadRunBundles sets the bundles of run.
func loadRunBundles(ctx context.Context, s *db.Store, run *Run) error {
	var all []*db.Bundle
	err := s.DB().NewSelect().Model(&all).
		Where("bdl.course_id = ? AND (bdl.kind = ? AND bdl.result_id = ? OR bdl.id IN (?))", run.CourseID, db.BundleProduct, run.ResultID,
			s.DB().NewSelect().TableExpr("revision AS rev, bundle AS conf_bdl").Column("conf_bdl.id").
				Where("rev.course_id = ? AND rev.assignment_id = ? AND rev.number = ?", run.CourseID, run.AssignmentID, run.Revision).
				Where("conf_bdl.course_id = rev.course_id AND conf_bdl.id IN (rev.recipe_id, rev.config_id)")).Scan(ctx)
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

// SaveRun stores the progress and the id of the engine's job. If the run had another job before,
// that job is scheduled for cancellation. SaveRun fails with fault.NotFound when the generation is
// over.
func (t *Tx) SaveRun(ctx context.Context, run *Run) error {
	sequence, err := db.ReserveSequence(ctx, t.tx, run.CourseID, 1)
	if err != nil {
		return err
	}
	if _, err := readRun(ctx, t.tx, run.CourseID, run.ResultID, run.Generation); err != nil {
		return err
	}
	err = t.scheduleCancellation(ctx, query.SQL("res.course_id = ? AND res.id = ? AND res.engine_job <> ?", run.CourseID, run.ResultID, run.EngineJob))
	if err != nil {
		return err
	}
	q := t.tx.NewUpdate().Table("result").Where("course_id = ? AND id = ?", run.CourseID, run.ResultID).
		Set("state = ?, sequence_id = ?, revision = ?", run.Progress.State, sequence, run.Revision).
		Set("engine_job = nullif(?, ''), summary = nullif(?, '')", run.EngineJob, run.Progress.WaitReason)
	if run.Progress.State == db.StateProcessing {
		run.StartedAt = cmp.Or(run.StartedAt, &t.now)
		q.Set("label = 'Processing', started_at = coalesce(started_at, ?), progress = ?", t.now, run.Progress.Progress)
	} else {
		run.StartedAt = nil
		q.Set("label = 'Queued', started_at = NULL, progress = NULL")
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("store the progress of result %d: %w", run.ResultID, err)
	}
	return nil
}

// FinishRun stores the outcome, the steps and the results bundles of item, and marks the result as
// done. The submission and its members do not change. FinishRun fails with fault.NotFound, and
// stores nothing, when the generation is over.
func (t *Tx) FinishRun(ctx context.Context, run *Run, item *ingest.ResultItem) error {
	if err := db.LockCourses(ctx, t.tx, run.CourseID); err != nil {
		return err
	}
	if _, err := readRun(ctx, t.tx, run.CourseID, run.ResultID, run.Generation); err != nil {
		return err
	}
	if err := t.copyUnchanged(ctx, run, item); err != nil {
		return err
	}
	if err := t.writeResults(ctx, []*ingest.ResultItem{item}); err != nil {
		return fmt.Errorf("store the outcome of result %d: %w", run.ResultID, err)
	}
	_, err := t.tx.NewUpdate().Table("result").Set("engine_job = NULL, revision = ?", run.Revision).
		Where("course_id = ? AND id = ?", run.CourseID, run.ResultID).Exec(ctx)
	return err
}

// copyUnchanged sets the parts of item that processing does not change: the submission, the group
// and the product.
func (t *Tx) copyUnchanged(ctx context.Context, run *Run, item *ingest.ResultItem) error {
	key := []query.Key{{run.CourseID, run.ResultID}}
	rows, err := db.ResultByID.LoadStored(ctx, t.store.DB(), t.tx, key)
	if err != nil {
		return err
	}
	if len(rows[0]) == 0 {
		return fault.NotFound
	}
	members, err := db.ResultMembers.LoadStored(ctx, t.store.DB(), t.tx, key)
	if err != nil {
		return err
	}
	bundles, err := db.ResultBundles.LoadStored(ctx, t.store.DB(), t.tx, key)
	if err != nil {
		return err
	}
	before, after := rows[0][0], &item.Result
	item.Group = nil
	for _, m := range members[0] {
		item.Group = append(item.Group, m.UserID)
	}
	for _, b := range bundles[0] {
		if b.Kind == db.BundleProduct {
			item.Bundles = append(item.Bundles, b)
		}
	}
	after.CourseID, after.AssignmentID, after.UserID, after.Attempt = before.CourseID, before.AssignmentID, before.UserID, before.Attempt
	after.SubmittedAt, after.IsLate, after.SecondsLate, after.PreviewURL = before.SubmittedAt, before.IsLate, before.SecondsLate, before.PreviewURL
	after.QueuedAt, after.StartedAt = before.QueuedAt, before.StartedAt
	after.State, after.Progress, after.ProcessedAt = db.StateDone, new(1.0), &t.now
	if after.StartedAt == nil {
		after.StartedAt = &t.now
	}
	return nil
}
