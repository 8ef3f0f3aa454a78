package change

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
)

// A ResultReference identifies a result of an assignment by one of its fields.
type ResultReference struct {
	MomotorID *int64
	Path      *ResultPath
}

// A ResultPath identifies the result of a student, or of the student's group, by the number of the
// attempt: the latest one if Attempt is nil. Of several results it identifies the one that was
// submitted last, as the field Assignment.result of the GraphQL schema does.
type ResultPath struct {
	UserCanvasID int64
	Attempt      *int
}

// resolveReferences returns the evaluation with ids in place of its references. It fails with
// fault.BadInput if the assignment has no result of a path.
func (t *Tx) resolveReferences(ctx context.Context, k db.AssignmentKey, ev Evaluation) (Evaluation, error) {
	var students []int64
	for _, ref := range ev.References {
		if ref.Path != nil {
			students = append(students, ref.Path.UserCanvasID)
		}
	}
	found, err := t.attemptsOf(ctx, k, students)
	if err != nil {
		return ev, err
	}
	resolved := Evaluation{Scope: ev.Scope, Results: slices.Clone(ev.Results)}
	for _, ref := range ev.References {
		id := ref.MomotorID
		if ref.Path != nil {
			if id = found.find(*ref.Path); id == nil {
				return ev, evaluationError(ref.Path.missing())
			}
		}
		resolved.Results = append(resolved.Results, *id)
	}
	return resolved, nil
}

// missing returns the message for a path without a result.
func (p ResultPath) missing() string {
	if p.Attempt == nil {
		return fmt.Sprintf("The assignment has no result of the student %d.", p.UserCanvasID)
	}
	return fmt.Sprintf("The assignment has no attempt %d of the student %d.", *p.Attempt, p.UserCanvasID)
}

// An attempt is a result of a student or of the student's group.
type attempt struct {
	UserCanvasID int64
	ID           int64
	Attempt      int
	IsLatest     bool
}

// attempts are results by their student, in the order of submission.
type attempts map[int64][]*attempt

// attemptsOf returns the results of students at an assignment, by the ids of the students in Canvas.
func (t *Tx) attemptsOf(ctx context.Context, k db.AssignmentKey, students []int64) (attempts, error) {
	if len(students) == 0 {
		return nil, nil
	}
	var rows []*attempt
	list := bun.List(students)
	err := t.tx.NewRaw(`SELECT usr_res.canvas_id AS user_canvas_id, res.id, res.attempt, res.is_latest FROM (
			SELECT usr.canvas_id, own.id AS result_id FROM result AS own JOIN "user" AS usr ON usr.id = own.user_id
			WHERE own.course_id = ? AND own.assignment_id = ? AND usr.canvas_id IN (?)
			UNION
			SELECT usr.canvas_id, mem.result_id FROM result_member AS mem JOIN "user" AS usr ON usr.id = mem.user_id
			WHERE mem.course_id = ? AND usr.canvas_id IN (?)
		) AS usr_res
		JOIN result AS res ON res.course_id = ? AND res.assignment_id = ? AND res.id = usr_res.result_id
		ORDER BY res.submitted_at, res.id`, k.CourseID, k.ID, list, k.CourseID, list, k.CourseID, k.ID).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("select results of %d students at assignment %d: %w", len(students), k.ID, err)
	}
	byStudent := attempts{}
	for _, row := range rows {
		byStudent[row.UserCanvasID] = append(byStudent[row.UserCanvasID], row)
	}
	return byStudent, nil
}

// find returns the id of the result that a path identifies, or nil.
func (a attempts) find(p ResultPath) *int64 {
	for _, row := range slices.Backward(a[p.UserCanvasID]) {
		if p.Attempt == nil && row.IsLatest || p.Attempt != nil && *p.Attempt == row.Attempt {
			return &row.ID
		}
	}
	return nil
}
