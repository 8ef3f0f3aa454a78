package change

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
)

// CanvasSettings are the settings of an assignment in Canvas, by the names of its API
// (“Assignments” in the Canvas documentation). A nil setting is unknown.
type CanvasSettings struct {
	Active          bool
	Published       *bool
	GradingType     *db.GradingType
	PointsPossible  *float64
	DueAt           *time.Time
	UnlockAt        *time.Time
	LockAt          *time.Time
	Position        *int
	GroupCategoryID *int64
	// GroupGradedSeparately is grade_group_students_individually in the API.
	GroupGradedSeparately *bool
}

// canvasSettingsColumns are the columns of CanvasSettings, in the order of its fields.
const canvasSettingsColumns = "active, canvas_published, grading_type, points_possible, due_at, unlock_at, lock_at, position, group_category_id, group_graded_separately"

// UpdateCanvasSettings updates the Canvas settings of an assignment if they differ from the stored ones.
func (t *Tx) UpdateCanvasSettings(ctx context.Context, k db.AssignmentKey, cs CanvasSettings) error {
	if err := db.LockCourses(ctx, t.tx, k.CourseID); err != nil {
		return err
	}
	_, err := t.tx.NewRaw(`UPDATE assignment
		SET (`+canvasSettingsColumns+`) = (?0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
		WHERE course_id = ?10 AND id = ?11 AND (`+canvasSettingsColumns+`) IS DISTINCT FROM (?0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		cs.Active, cs.Published, cs.GradingType, cs.PointsPossible, cs.DueAt, cs.UnlockAt, cs.LockAt, cs.Position,
		cs.GroupCategoryID, cs.GroupGradedSeparately, k.CourseID, k.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("update the Canvas settings of assignment %d: %w", k.ID, err)
	}
	return nil
}
