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

// An Evaluation says which results of an assignment to process once more: those of a
// scope or, without one, those with these ids.
type Evaluation struct {
	Scope   *EvaluationScope
	Results []int64
}

// An EvaluationScope is a choice of an assignment's results.
type EvaluationScope string

// The choices, which REST calls pp, all and old.
const (
	EvaluatePaused   EvaluationScope = "PAUSED"   // those that wait because the assignment was paused
	EvaluateLatest   EvaluationScope = "LATEST"   // the latest of each student, and of each member of a group
	EvaluateOutdated EvaluationScope = "OUTDATED" // of the latest those that an older configuration processed, or may be processing
	evaluateWaiting  EvaluationScope = "WAITING"  // those that had to wait for a recipe
)

// A QueuedRun is a result that waits for the engine. Each time that it is made to wait is a
// turn of its own: work for an earlier turn is work for nothing.
type QueuedRun struct{ ID, Generation int64 }

// generationOf tells the turns of a result apart: by when it was queued, in microseconds.
func generationOf(queuedAt *time.Time) int64 {
	if queuedAt == nil { // it came so with an import
		return 0
	}
	return queuedAt.UnixMicro()
}

// QueueResults makes results wait for the engine, all that are chosen or none, and
// returns them in the order of their ids. What processing had found is cleared, but for the
// steps and bundles, which stay until there are new ones; each result takes the next
// sequence id. One that waits already stays as it is, unless it has waited since an older
// configuration, which the engine may have got, and so does one of a scope that is done and
// of which what was handed in is not there. It fails with fault.BadInput when a result that
// is named, or all of a scope, are such ones, when one that is named is not of the assignment,
// or when there is no recipe to process them with.
func (c *Tx) QueueResults(ctx context.Context, k db.AssignmentKey, ev Evaluation) ([]QueuedRun, error) {
	g, err := c.lockAssignment(ctx, k)
	if err != nil {
		return nil, err
	}
	return c.queueResults(ctx, g, ev)
}

func (c *Tx) queueResults(ctx context.Context, g *db.Assignment, ev Evaluation) ([]QueuedRun, error) {
	v, err := db.CurrentRevision(ctx, c.tx, g)
	switch {
	case err != nil:
		return nil, err
	case v == nil || v.RecipeID == nil:
		return nil, evaluationError("The assignment has no recipe yet.")
	}
	var rows []*candidate
	q := c.tx.NewSelect().TableExpr("result AS res").Column("id", "state", "queued_at").
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
			all, fresh = append(all, QueuedRun{r.ID, generationOf(&c.now)}), append(fresh, r.ID)
		}
	}
	return all, c.requeue(ctx, g.CourseID, fresh)
}

// A candidate is a result that may be queued.
type candidate struct {
	ID          int64
	State       db.ResultState
	QueuedAt    *time.Time
	Processable bool
	Outdated    bool // see outdated
}

// isEffective tells of rows of result AS res of a revision's assignment whether they count for
// somebody: the latest do, and so may what a group handed in of which one has gone on.
func isEffective(v *db.Revision) query.Clause {
	return query.SQL("(res.is_latest OR res.id IN (SELECT eff.result_id FROM (?) AS eff WHERE eff.place = 1))", db.EffectiveResults(v.CourseID, v.AssignmentID))
}

// isOutdated tells of rows of result AS res that wait, or are processed, whether the engine may
// have got them with an older configuration.
func isOutdated(v *db.Revision) query.Clause {
	return query.SQL("(res.engine_job IS NOT NULL AND coalesce(res.revision, 0) < ? OR coalesce(res.queued_at < ?, FALSE))", v.Number, v.CreatedAt)
}

// isProcessable tells of rows of result AS res whether an outcome can be found for them, again
// or at last. One that has an outcome keeps it when what was handed in is kept no longer.
var isProcessable = query.SQL(`(res.state <> ? OR EXISTS (SELECT 1 FROM bundle AS bdl
	WHERE bdl.course_id = res.course_id AND bdl.result_id = res.id AND bdl.kind = ? AND bdl.sha256 IS NOT NULL))`, db.StateDone, db.BundleProduct)

// validate fails when a result that is named is not among the rows, or can not be processed,
// and when none of a scope can.
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

// requeue lets results wait, in the order of their ids.
func (c *Tx) requeue(ctx context.Context, course int64, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	first, err := db.Reserve(ctx, c.tx, db.SequenceCounter, len(ids))
	if err != nil {
		return err
	}
	if err := c.scheduleCancellation(ctx, query.SQL("res.course_id = ? AND res.id IN (?)", course, bun.List(ids))); err != nil {
		return err
	}
	_, err = c.tx.NewRaw(`UPDATE result SET state = ?, label = ?, queued_at = ?, sequence_id = ? + fresh.ordinal,
			started_at = NULL, processed_at = NULL, progress = NULL, revision = NULL, accepted = NULL, has_error = NULL,
			score = NULL, score_reviewer = NULL, summary = NULL, engine_job = NULL
		FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS ordinal FROM result WHERE course_id = ? AND id IN (?)) AS fresh
		WHERE result.course_id = ? AND result.id = fresh.id`,
		db.StateQueued, "Queued", c.now, first, course, bun.List(ids), course).Exec(ctx)
	if err != nil {
		return fmt.Errorf("queue %d results: %w", len(ids), err)
	}
	return nil
}
