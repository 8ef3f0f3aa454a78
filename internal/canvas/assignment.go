package canvas

import (
	"context"
	"fmt"
	"time"
)

// GradingType is the format of an assignment's grades.
type GradingType string

// The grading types. Only the first four accept points.
const (
	Points      GradingType = "points"
	Percent     GradingType = "percent"
	LetterGrade GradingType = "letter_grade"
	GPAScale    GradingType = "gpa_scale"
	PassFail    GradingType = "pass_fail" // accepts pass, fail, complete, incomplete, 0 and the points possible; any other number clears the grade
	NotGraded   GradingType = "not_graded"
)

// An Assignment is an assignment as in GET /api/v1/courses/:id/assignments/:id.
type Assignment struct {
	ID              ID          `json:"id"`
	CourseID        ID          `json:"course_id"`
	Name            string      `json:"name"`
	Published       bool        `json:"published"`
	DueAt           time.Time   `json:"due_at"`    // zero if none
	UnlockAt        time.Time   `json:"unlock_at"` // zero if none
	LockAt          time.Time   `json:"lock_at"`   // zero if none
	Position        int         `json:"position"`  // in its group of assignments, from 1
	PointsPossible  *float64    `json:"points_possible"`
	GradingType     GradingType `json:"grading_type"`
	SubmissionTypes []string    `json:"submission_types"`
	// GroupCategoryID is zero if students submit individually.
	GroupCategoryID ID `json:"group_category_id"`
	// GradeGroupStudentsIndividually reports that a grade for one member of a group does not
	// apply to the others.
	GradeGroupStudentsIndividually bool   `json:"grade_group_students_individually"`
	PostManually                   bool   `json:"post_manually"`
	Muted                          bool   `json:"muted"` // post_manually on older sites
	HTMLURL                        string `json:"html_url"`
	WorkflowState                  string `json:"workflow_state"`
}

// ByGroup reports whether a grade for one student applies to the whole group.
func (a Assignment) ByGroup() bool {
	return a.GroupCategoryID != 0 && !a.GradeGroupStudentsIndividually
}

// Assignment reads an assignment. The error for a deleted one is ErrNotFound.
func (c *Client) Assignment(ctx context.Context, course, id ID) (Assignment, error) {
	q := c.get(fmt.Sprintf("read assignment %d of course %d", id, course), nil,
		"courses", course.String(), "assignments", id.String())
	return fetchOne[Assignment](ctx, c, q)
}
