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

// An Evaluation selects the results of an assignment to queue, so that they are processed again: by
// a scope or, if Scope is nil, by ids and references. Scope has the name of the field in the GraphQL
// schema; it is not the scope of a caller.
type Evaluation struct {
	Scope      *EvaluationScope
	Results    []int64
	References []ResultReference
}

// An EvaluationScope selects results of an assignment by their state.
type EvaluationScope string

// The scopes. The values of the REST parameter for the first three are pp, all and old.
const (
	EvaluatePaused   EvaluationScope = "PAUSED"   // paused results
	EvaluateLatest   EvaluationScope = "LATEST"   // the latest result of each student, and the effective results of group members: see db.EffectiveResults
	EvaluateOutdated EvaluationScope = "OUTDATED" // those results of EvaluateLatest, and no others, whose processing used, or may use, an older configuration
	evaluateWaiting  EvaluationScope = "WAITING"  // paused and queued results
)

// A QueuedRun identifies a queued result. A result gets a new generation each time that it is
// queued, so that a job of an earlier generation does not process it.
type QueuedRun struct{ ID, Generation int64 }

// generationOf returns the generation of a result: the time at which it was queued, in microseconds
// since 1970, or 0 if that is unknown.
func generationOf(queuedAt *time.Time) int64 {
	if queuedAt == nil { // an imported result
		return 0
	}
	return queuedAt.UnixMicro()
}

// QueueResults queues the selected results for the engine and returns them sorted by id. It clears
// their outcome; the steps and bundles stay until processing replaces them. Each queued result gets
// the next sequence id. A result that is queued already does not change, unless the engine may have
// received it with an older configuration. A scope skips done results without a product.
// QueueResults fails with fault.BadInput, and queues nothing, when the assignment has no recipe,
// when a result selected by id or reference belongs to another assignment or is done and has no
// product, and when all results of a scope are skipped.
func (t *Tx) QueueResults(ctx context.Context, k db.AssignmentKey, ev Evaluation) ([]QueuedRun, error) {
	assignment, err := t.lockAssignment(ctx, k)
	if err != nil {
		return nil, err
	}
	return t.queueResults(ctx, assignment, ev)
}

func (t *Tx) queueResults(ctx context.Context, assignment *db.Assignment, ev Evaluation) ([]QueuedRun, error) {
	revision, err := db.CurrentRevision(ctx, t.tx, assignment)
	switch {
	case err != nil:
		return nil, err
	case revision.RecipeID == nil:
		return nil, evaluationError("The assignment has no recipe yet.")
	}
	if ev, err = t.resolveReferences(ctx, assignment.Key(), ev); err != nil {
		return nil, err
	}
	var rows []*candidate
	q := t.tx.NewSelect().TableExpr("result AS res").Column("id", "state", "queued_at").
		ColumnExpr("? AS processable", isProcessable).
		ColumnExpr("? AS outdated", mayUseOlderRevision(revision)).
		Where("res.course_id = ? AND res.assignment_id = ? AND ?", assignment.CourseID, assignment.MomotorID, ev.clause(revision)).Order("id")
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("select results of assignment %d: %w", assignment.MomotorID, err)
	}
	if err := ev.validate(rows); err != nil {
		return nil, err
	}
	var all []QueuedRun
	var toQueue []int64
	for _, r := range rows {
		switch {
		case !r.Processable:
		case r.State == db.StateQueued && !r.Outdated:
			all = append(all, QueuedRun{r.ID, generationOf(r.QueuedAt)})
		default:
			all, toQueue = append(all, QueuedRun{r.ID, generationOf(&t.now)}), append(toQueue, r.ID)
		}
	}
	return all, t.requeue(ctx, assignment.CourseID, toQueue)
}

// A candidate is a selected result with the facts that decide whether it is queued.
type candidate struct {
	ID          int64
	State       db.ResultState
	QueuedAt    *time.Time
	Processable bool // see isProcessable
	Outdated    bool // see mayUseOlderRevision
}

// isLatestOrEffective is a condition on result AS res: the result is the latest of its user, or the
// effective result of a group member.
func isLatestOrEffective(revision *db.Revision) query.Clause {
	return query.SQL("(res.is_latest OR res.id IN (SELECT eff.result_id FROM (?) AS eff WHERE eff.rank = 1))", db.EffectiveResults(revision.CourseID, revision.AssignmentID))
}

// mayUseOlderRevision is a condition on result AS res, for results that are not done: the engine may
// have received the result with an older configuration than revision.
func mayUseOlderRevision(revision *db.Revision) query.Clause {
	return query.SQL("(res.engine_job IS NOT NULL AND coalesce(res.revision, 0) < ? OR coalesce(res.queued_at < ?, FALSE))", revision.Number, revision.CreatedAt)
}

// isProcessable is a condition on result AS res: the result has a product or is not done. A done
// result without a product keeps its outcome, because it can not be processed again.
var isProcessable = query.SQL(`(res.state <> ? OR EXISTS (SELECT 1 FROM bundle AS bdl
	WHERE bdl.course_id = res.course_id AND bdl.result_id = res.id AND bdl.kind = ? AND bdl.sha256 IS NOT NULL))`, db.StateDone, db.BundleProduct)

// validate fails when a result selected by id is not in rows or is not processable, and when no
// result of a scope is processable. Rows are sorted by id.
func (ev Evaluation) validate(rows []*candidate) error {
	if ev.Scope != nil && len(rows) > 0 && !slices.ContainsFunc(rows, func(r *candidate) bool { return r.Processable }) {
		return evaluationError("None of these results has a product, so that they can not be processed again.")
	}
	for _, id := range ev.Results {
		at, known := slices.BinarySearchFunc(rows, id, func(r *candidate, id int64) int { return cmp.Compare(r.ID, id) })
		switch {
		case !known:
			return evaluationError(fmt.Sprintf("The assignment has no result with the id %d.", id))
		case !rows[at].Processable:
			return evaluationError(fmt.Sprintf("The result with the id %d has no product, so that it can not be processed again.", id))
		}
	}
	return nil
}

func evaluationError(message string) error {
	return &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"evaluate": {message}}}
}

// clause returns the condition on result AS res that selects the results.
func (ev Evaluation) clause(revision *db.Revision) query.Clause {
	if ev.Scope == nil {
		return query.SQL("res.id IN (?)", bun.List(ev.Results))
	}
	switch *ev.Scope {
	case EvaluatePaused:
		return query.SQL("res.state = ?", db.StatePaused)
	case EvaluateLatest:
		return isLatestOrEffective(revision)
	case evaluateWaiting:
		return query.SQL("res.state IN (?, ?)", db.StatePaused, db.StateQueued)
	case EvaluateOutdated:
		return query.SQL("? AND (res.state = ? AND coalesce(res.revision, 0) < ? OR res.state IN (?, ?) AND ?)",
			isLatestOrEffective(revision), db.StateDone, revision.Number, db.StateQueued, db.StateProcessing, mayUseOlderRevision(revision))
	}
	return query.Never
}

// requeue queues results and clears their outcome. Their sequence ids are in the order of their ids.
func (t *Tx) requeue(ctx context.Context, course int64, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	first, err := db.ReserveSequence(ctx, t.tx, course, len(ids))
	if err != nil {
		return err
	}
	if err := t.scheduleCancellation(ctx, query.SQL("res.course_id = ? AND res.id IN (?)", course, bun.List(ids))); err != nil {
		return err
	}
	_, err = t.tx.NewRaw(`UPDATE result SET state = ?, label = ?, queued_at = ?, sequence_id = ? + queued.ordinal,
			started_at = NULL, processed_at = NULL, progress = NULL, revision = NULL, accepted = NULL, has_error = NULL,
			score = NULL, score_reviewer = NULL, summary = NULL, engine_job = NULL
		FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS ordinal FROM result WHERE course_id = ? AND id IN (?)) AS queued
		WHERE result.course_id = ? AND result.id = queued.id`,
		db.StateQueued, "Queued", t.now, first, course, bun.List(ids), course).Exec(ctx)
	if err != nil {
		return fmt.Errorf("queue %d results: %w", len(ids), err)
	}
	return nil
}
