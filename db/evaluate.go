package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

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

// A Queued is a result that waits for the engine. Each time that it is made to wait is a
// turn of its own: work for an earlier turn is work for nothing.
type Queued struct{ ID, Turn int64 }

// turnOf tells the turns of a result apart: by when it was queued, in microseconds.
func turnOf(queuedAt *time.Time) int64 {
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
func (c *Changing) QueueResults(ctx context.Context, k AssignmentKey, ev Evaluation) ([]Queued, error) {
	g, err := c.hold(ctx, k)
	if err != nil {
		return nil, err
	}
	return c.queue(ctx, g, ev)
}

func (c *Changing) queue(ctx context.Context, g *Assignment, ev Evaluation) ([]Queued, error) {
	v, err := currentRevision(ctx, c.tx, g)
	switch {
	case err != nil:
		return nil, err
	case v == nil || v.RecipeID == nil:
		return nil, refuseEvaluation("The assignment has no recipe yet.")
	}
	var rows []*candidate
	q := c.tx.NewSelect().TableExpr("result AS r").Column("id", "state", "queued_at").
		ColumnExpr("? AS processable", processable).
		ColumnExpr("? AS outdated", outdated(v)).
		Where("r.course_id = ? AND r.assignment_id = ? AND ?", g.CourseID, g.MomotorID, ev.clause(v)).Order("id")
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("select results of assignment %d: %w", g.MomotorID, err)
	}
	if err := ev.refuse(rows); err != nil {
		return nil, err
	}
	var all []Queued
	var fresh []int64
	for _, r := range rows {
		switch {
		case !r.Processable:
		case r.State == StateQueued && !r.Outdated:
			all = append(all, Queued{r.ID, turnOf(r.QueuedAt)})
		default:
			all, fresh = append(all, Queued{r.ID, turnOf(&c.now)}), append(fresh, r.ID)
		}
	}
	return all, c.requeue(ctx, g.CourseID, fresh)
}

// A candidate is a result that may be queued.
type candidate struct {
	ID          int64
	State       ResultState
	QueuedAt    *time.Time
	Processable bool
	Outdated    bool // see outdated
}

// effective tells of rows of result AS r of a revision's assignment whether they count for
// somebody: the latest do, and so may what a group handed in of which one has gone on.
func effective(v *Revision) Clause {
	return clause("(r.is_latest OR r.id IN (SELECT q.result_id FROM (?) AS q WHERE q.place = 1))", counting(v.CourseID, v.AssignmentID))
}

// outdated tells of rows of result AS r that wait, or are processed, whether the engine may
// have got them with an older configuration.
func outdated(v *Revision) Clause {
	return clause("(r.engine_job IS NOT NULL AND coalesce(r.revision, 0) < ? OR coalesce(r.queued_at < ?, FALSE))", v.Number, v.CreatedAt)
}

// processable tells of rows of result AS r whether an outcome can be found for them, again
// or at last. One that has an outcome keeps it when what was handed in is kept no longer.
var processable = clause(`(r.state <> ? OR EXISTS (SELECT 1 FROM bundle AS b
	WHERE b.course_id = r.course_id AND b.result_id = r.id AND b.kind = ? AND b.sha256 IS NOT NULL))`, StateDone, BundleProduct)

// refuse fails when a result that is named is not among the rows, or can not be processed,
// and when none of a scope can.
func (ev Evaluation) refuse(rows []*candidate) error {
	if ev.Scope != nil && len(rows) > 0 && !slices.ContainsFunc(rows, func(r *candidate) bool { return r.Processable }) {
		return refuseEvaluation("What was handed in for these results is not there.")
	}
	for _, id := range ev.Results {
		at, known := slices.BinarySearchFunc(rows, id, func(r *candidate, id int64) int { return cmp.Compare(r.ID, id) })
		switch {
		case !known:
			return refuseEvaluation(fmt.Sprintf("The assignment has no result with the id %d.", id))
		case !rows[at].Processable:
			return refuseEvaluation(fmt.Sprintf("What was handed in for the result with the id %d is not there.", id))
		}
	}
	return nil
}

func refuseEvaluation(message string) error {
	return &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"evaluate": {message}}}
}

func (ev Evaluation) clause(v *Revision) Clause {
	if ev.Scope == nil {
		return clause("r.id IN (?)", bun.List(ev.Results))
	}
	switch *ev.Scope {
	case EvaluatePaused:
		return clause("r.state = ?", StatePaused)
	case EvaluateLatest:
		return effective(v)
	case evaluateWaiting:
		return clause("r.state IN (?, ?)", StatePaused, StateQueued)
	case EvaluateOutdated:
		return clause("? AND (r.state = ? AND coalesce(r.revision, 0) < ? OR r.state IN (?, ?) AND ?)",
			effective(v), StateDone, v.Number, StateQueued, StateProcessing, outdated(v))
	}
	return never
}

// requeue lets results wait, in the order of their ids.
func (c *Changing) requeue(ctx context.Context, course int64, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	first, err := take(ctx, c.tx, counterSequence, len(ids))
	if err != nil {
		return err
	}
	if err := c.abandonJobs(ctx, clause("r.course_id = ? AND r.id IN (?)", course, bun.List(ids))); err != nil {
		return err
	}
	_, err = c.tx.NewRaw(`UPDATE result SET state = ?, label = ?, queued_at = ?, sequence_id = ? + w.n,
			started_at = NULL, processed_at = NULL, progress = NULL, revision = NULL, accepted = NULL, has_error = NULL,
			score = NULL, score_reviewer = NULL, summary = NULL, engine_job = NULL
		FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM result WHERE course_id = ? AND id IN (?)) AS w
		WHERE result.course_id = ? AND result.id = w.id`,
		StateQueued, "Queued", c.now, first, course, bun.List(ids), course).Exec(ctx)
	if err != nil {
		return fmt.Errorf("queue %d results: %w", len(ids), err)
	}
	return nil
}
