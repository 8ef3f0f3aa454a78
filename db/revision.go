package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Revision is a version of the recipe and config of an assignment. Its files never change, so that
// a result refers to exactly the files with which it was processed.
type Revision struct {
	bun.BaseModel `bun:"table:revision,alias:rev"`

	CourseID     int64     `bun:"course_id,pk"`
	AssignmentID int64     `bun:"assignment_id,pk"`
	Number       int       `bun:"number,pk"`
	RecipeID     *int64    `bun:"recipe_id"`
	ConfigID     *int64    `bun:"config_id"`
	CreatedAt    time.Time `bun:"created_at"`
}

// CurrentRevision returns the current revision of an assignment, which it identifies by the course
// and the Canvas id. Without one it returns revision 0, which has no files.
func CurrentRevision(ctx context.Context, tx bun.Tx, assignment *Assignment) (*Revision, error) {
	var revision Revision
	err := tx.NewSelect().Model(&revision).
		Join("JOIN assignment AS asg ON asg.course_id = rev.course_id AND asg.id = rev.assignment_id AND asg.revision = rev.number").
		Where("asg.course_id = ? AND asg.canvas_id = ?", assignment.CourseID, assignment.CanvasID).Scan(ctx)
	switch err := query.WrapError(err); {
	case errors.Is(err, fault.NotFound):
		return &Revision{CourseID: assignment.CourseID, AssignmentID: assignment.MomotorID}, nil
	case err != nil:
		return nil, fmt.Errorf("read the revision of assignment %d: %w", assignment.MomotorID, err)
	}
	return &revision, nil
}

// CurrentRecipe returns the recipe of an assignment's current revision. It fails with fault.NotFound
// when there is no recipe, or its file was purged.
func (s *Store) CurrentRecipe(ctx context.Context, courseID, assignmentID int64) (*Bundle, error) {
	rows, err := AssignmentRecipe.Load(ctx, s.db, query.SystemScope(), []query.Key{{courseID, assignmentID}}, query.Params{})
	if err != nil {
		return nil, err
	}
	b, err := query.Single(rows[0], nil)
	if err == nil && b.Purged() {
		err = fault.NotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the recipe of assignment %d: %w", assignmentID, err)
	}
	return b, nil
}
