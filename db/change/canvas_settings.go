package change

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
)

// CanvasSettings are what Canvas says of an assignment, as its API has them
// (“Assignments” in the Canvas documentation); nil where it does not say.
type CanvasSettings struct {
	Active          bool
	Published       *bool
	GradingType     *string // pass_fail, percent, letter_grade, gpa_scale, points or not_graded
	PointsPossible  *float64
	GroupCategoryID *int64
	// GroupGradedSeparately is grade_group_students_individually.
	GroupGradedSeparately *bool
}

// UpdateCanvasSettings writes what Canvas says of an assignment, and nothing else of it.
func (c *Tx) UpdateCanvasSettings(ctx context.Context, k db.AssignmentKey, cs CanvasSettings) error {
	_, err := c.tx.NewUpdate().Table("assignment").Where("course_id = ? AND id = ?", k.CourseID, k.ID).
		Set("active = ?", cs.Active).Set("canvas_published = ?", cs.Published).
		Set("grading_type = ?", cs.GradingType).Set("points_possible = ?", cs.PointsPossible).
		Set("group_category_id = ?", cs.GroupCategoryID).Set("group_graded_separately = ?", cs.GroupGradedSeparately).Exec(ctx)
	if err != nil {
		return fmt.Errorf("write what Canvas says of assignment %d: %w", k.ID, err)
	}
	return nil
}
