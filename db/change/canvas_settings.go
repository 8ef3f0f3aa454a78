package change

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
)

// CanvasSettings are the settings of an assignment in Canvas, by the names of its API
// (“Assignments” in the Canvas documentation). A nil setting is unknown.
type CanvasSettings struct {
	Active          bool
	Published       *bool
	GradingType     *string // pass_fail, percent, letter_grade, gpa_scale, points or not_graded
	PointsPossible  *float64
	GroupCategoryID *int64
	// GroupGradedSeparately is grade_group_students_individually in the API.
	GroupGradedSeparately *bool
}

// UpdateCanvasSettings updates the Canvas settings of an assignment.
func (t *Tx) UpdateCanvasSettings(ctx context.Context, k db.AssignmentKey, cs CanvasSettings) error {
	_, err := t.tx.NewUpdate().Table("assignment").Where("course_id = ? AND id = ?", k.CourseID, k.ID).
		Set("active = ?", cs.Active).Set("canvas_published = ?", cs.Published).
		Set("grading_type = ?", cs.GradingType).Set("points_possible = ?", cs.PointsPossible).
		Set("group_category_id = ?", cs.GroupCategoryID).Set("group_graded_separately = ?", cs.GroupGradedSeparately).Exec(ctx)
	if err != nil {
		return fmt.Errorf("update the Canvas settings of assignment %d: %w", k.ID, err)
	}
	return nil
}
