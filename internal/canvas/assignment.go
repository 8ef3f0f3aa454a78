package canvas

import (
	"context"
	"fmt"
	"time"
)

// GradingType is how an assignment's grades are written.
type GradingType string

// The ways to write grades. Only the first four take points.
const (
	Points      GradingType = "points"
	Percent     GradingType = "percent"
	LetterGrade GradingType = "letter_grade"
	GPAScale    GradingType = "gpa_scale"
	PassFail    GradingType = "pass_fail" // takes pass, fail, complete, incomplete, 0 and the points possible; another number clears the grade
	NotGraded   GradingType = "not_graded"
)

// Assignment is an assignment as GET /api/v1/courses/:id/assignments/:id tells of it.
type Assignment struct {
	ID              ID          `json:"id"`
	CourseID        ID          `json:"course_id"`
	Name            string      `json:"name"`
	Published       bool        `json:"published"`
	DueAt           time.Time   `json:"due_at"`    // zero when Canvas has none
	UnlockAt        time.Time   `json:"unlock_at"` // zero when Canvas has none
	LockAt          time.Time   `json:"lock_at"`   // zero when Canvas has none
	PointsPossible  *float64    `json:"points_possible"`
	GradingType     GradingType `json:"grading_type"`
	SubmissionTypes []string    `json:"submission_types"`
	// GroupCategoryID is zero when everybody submits alone.
	GroupCategoryID ID `json:"group_category_id"`
	// GradeGroupStudentsIndividually says that a grade for one member of a group is not
	// one for all.
	GradeGroupStudentsIndividually bool   `json:"grade_group_students_individually"`
	PostManually                   bool   `json:"post_manually"`
	Muted                          bool   `json:"muted"` // what post_manually was on older sites
	HTMLURL                        string `json:"html_url"`
	WorkflowState                  string `json:"workflow_state"`
}

// ByGroup reports whether a grade for one student is a grade for that student's group.
func (a Assignment) ByGroup() bool {
	return a.GroupCategoryID != 0 && !a.GradeGroupStudentsIndividually
}

// Assignment reads an assignment. One that was deleted is ErrNotFound.
func (c *Client) Assignment(ctx context.Context, course, id ID) (Assignment, error) {
	q := c.get(fmt.Sprintf("read assignment %d of course %d", id, course), nil,
		"courses", course.String(), "assignments", id.String())
	return one[Assignment](ctx, c, q)
}
