package change

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// An Evaluation selects results of an assignment to process again: by a scope or, if Scope is
// nil, by ids.
type Evaluation struct {
	Scope   *EvaluationScope
	Results []int64
}

// An EvaluationScope selects results of an assignment by their state.
type EvaluationScope string

// The scopes. REST calls the first three pp, all and old.
const (
	EvaluatePaused   EvaluationScope = "PAUSED"   // results that wait because the assignment was paused
	EvaluateLatest   EvaluationScope = "LATEST"   // the latest result of each student and of each group member
	EvaluateOutdated EvaluationScope = "OUTDATED" // latest results that an older configuration processed, or may be processing
	evaluateWaiting  EvaluationScope = "WAITING"  // results that wait for the first recipe
)

// A QueuedRun is a result that waits for the engine. Each time that a result is queued it gets
// another generation; jobs of earlier generations have no effect.
type QueuedRun struct{ ID, Generation int64 }

// generationOf is the time at which a result was queued, in microseconds. It is 0 for an imported
// result.
func generationOf(queuedAt *time.Time) int64 {
	if queuedAt == nil { // imported
		return 0
	}
	return queuedAt.UnixMicro()
}

// QueueResults queues the selected results for the engine, all or none, and returns them by id.
// It clears their outcome; the steps and bundles stay until processing replaces them. Each queued
// result gets the next sequence id. A result that waits already does not change, unless the
// engine may have got it with an older configuration. A done result whose product was purged is
// skipped when the selection is a scope. QueueResults fails with fault.BadInput when the
// assignment has no recipe, when a result selected by id is of another assignment or has no
// product, and when no result of the scope has one.
func (t *Tx) QueueResults(ctx context.Context, k db.AssignmentKey, ev Evaluation) ([]QueuedRun, error) {
	g, err := t.lockAssignment(ctx, k)
	if err != nil {
		return nil, err
	}
	return t.queueResults(ctx, g, ev)
}

func (t *Tx) queueResults(ctx context.Context, g *db.Assignment, ev Evaluation) ([]QueuedRun, error) {
	v, err := db.CurrentRevision(ctx, t.tx, g)
	switch {
	case err != nil:
		return nil, err
	case v.RecipeID == nil:
		return nil, evaluationError("The assignment has no recipe yet.")
	}
	var rows []*candidate
	q := t.tx.NewSelect().TableExpr("result AS res").Column("id", "state", "queued_at").
		ColumnExpr("? AS processable", isProcessable).
		ColumnExpr("? AS outdated", isOutdated(v)).
		Where("res.course_id = ? AND res.assignment_id = ? AND ?", g.CourseID, g.MomotorID, ev.clause(v)).Order("id")
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("select results of assignment %d: %w", g.MomotorID, err)
	}
	if err := ev.validate(rows); err != nil {
		return nil, err
	}
	var all []QueuedRun
	var fresh []int64
	for _, r := range rows {
		switch {
		case !r.Processable:
		case r.State == db.StateQueued && !r.Outdated:
			all = append(all, QueuedRun{r.ID, generationOf(r.QueuedAt)})
		default:
			all, fresh = append(all, QueuedRun{r.ID, generationOf(&t.now)}), append(fresh, r.ID)
		}
	}
	return all, t.requeue(ctx, g.CourseID, fresh)
}

// A candidate is a selected result.
type candidate struct {
	ID          int64
	State       db.ResultState
	QueuedAt    *time.Time
	Processable bool
	Outdated    bool // see isOutdated
}

// isEffective is a condition on result AS res: the result is the latest one of its user, or
// counts for a member of its group whose later results are their own.
func isEffective(v *db.Revision) query.Clause {
	return query.SQL("(res.is_latest OR res.id IN (SELECT eff.result_id FROM (?) AS eff WHERE eff.place = 1))", db.EffectiveResults(v.CourseID, v.AssignmentID))
}

// isOutdated is a condition on result AS res: the result is waiting or processing, and the engine
// may have got it with an older configuration than the revision.
func isOutdated(v *db.Revision) query.Clause {
	return query.SQL("(res.engine_job IS NOT NULL AND coalesce(res.revision, 0) < ? OR coalesce(res.queued_at < ?, FALSE))", v.Number, v.CreatedAt)
}

// isProcessable is a condition on result AS res: the result has a product, or is not done. A done
// result without product keeps its outcome.
var isProcessable = query.SQL(`(res.state <> ? OR EXISTS (SELECT 1 FROM bundle AS bdl
	WHERE bdl.course_id = res.course_id AND bdl.result_id = res.id AND bdl.kind = ? AND bdl.sha256 IS NOT NULL))`, db.StateDone, db.BundleProduct)

// validate fails when a result selected by id is not among the rows or can not be processed, and
// when no result of a scope can.
func (ev Evaluation) validate(rows []*candidate) error {
	if ev.Scope != nil && len(rows) > 0 && !slices.ContainsFunc(rows, func(r *candidate) bool { return r.Processable }) {
		return evaluationError("What was handed in for these results is not there.")
	}
	for _, id := range ev.Results {
		at, known := slices.BinarySearchFunc(rows, id, func(r *candidate, id int64) int { return cmp.Compare(r.ID, id) })
		switch {
		case !known:
			return evaluationError(fmt.Sprintf("The assignment has no result with the id %d.", id))
		case !rows[at].Processable:
			return evaluationError(fmt.Sprintf("What was handed in for the result with the id %d is not there.", id))
		}
	}
	return nil
}

func evaluationError(message string) error {
	return &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"evaluate": {message}}}
}

func (ev Evaluation) clause(v *db.Revision) query.Clause {
	if ev.Scope == nil {
		return query.SQL("res.id IN (?)", bun.List(ev.Results))
	}
	switch *ev.Scope {
	case EvaluatePaused:
		return query.SQL("res.state = ?", db.StatePaused)
	case EvaluateLatest:
		return isEffective(v)
	case evaluateWaiting:
		return query.SQL("res.state IN (?, ?)", db.StatePaused, db.StateQueued)
	case EvaluateOutdated:
		return query.SQL("? AND (res.state = ? AND coalesce(res.revision, 0) < ? OR res.state IN (?, ?) AND ?)",
			isEffective(v), db.StateDone, v.Number, db.StateQueued, db.StateProcessing, isOutdated(v))
	}
	return query.Never
}

// requeue queues results, in the order of their ids.
func (t *Tx) requeue(ctx context.Context, course int64, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	first, err := db.Reserve(ctx, t.tx, db.SequenceCounter, len(ids))
	if err != nil {
		return err
	}
	if err := t.scheduleCancellation(ctx, query.SQL("res.course_id = ? AND res.id IN (?)", course, bun.List(ids))); err != nil {
		return err
	}
	_, err = t.tx.NewRaw(`UPDATE result SET state = ?, label = ?, queued_at = ?, sequence_id = ? + fresh.ordinal,
			started_at = NULL, processed_at = NULL, progress = NULL, revision = NULL, accepted = NULL, has_error = NULL,
			score = NULL, score_reviewer = NULL, summary = NULL, engine_job = NULL
		FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS ordinal FROM result WHERE course_id = ? AND id IN (?)) AS fresh
		WHERE result.course_id = ? AND result.id = fresh.id`,
		db.StateQueued, "Queued", t.now, first, course, bun.List(ids), course).Exec(ctx)
	if err != nil {
		return fmt.Errorf("queue %d results: %w", len(ids), err)
	}
	return nil
}
