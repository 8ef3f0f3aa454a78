package states

import (
	"context"
	"errors"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// fetch reads the state of a user in a course from Canvas. A course or a user that Canvas does not have is
// nil in the state.
func fetch(ctx context.Context, c *canvas.Client, courseID, userID canvas.ID) (*db.CanvasState, error) {
	state := &db.CanvasState{Enrollments: []*db.CanvasEnrollment{}, Sections: []*db.CanvasSection{}}
	course, err := c.Course(ctx, courseID)
	if errors.Is(err, canvas.ErrNotFound) {
		return state, nil
	} else if err != nil {
		return nil, err
	}
	state.Course = &db.CanvasCourse{CanvasID: int64(course.ID), Code: course.CourseCode, Name: course.Name, WorkflowState: nonEmpty(course.WorkflowState)}
	user, err := c.CourseUser(ctx, courseID, userID)
	if errors.Is(err, canvas.ErrNotFound) {
		return state, nil
	} else if err != nil {
		return nil, err
	}
	state.Person = &db.CanvasPerson{CanvasID: int64(user.ID), Name: user.Name, SortableName: user.SortableName, LoginID: nonEmpty(user.LoginID)}
	var sectionIDs []canvas.ID
	for _, e := range user.Enrollments {
		sectionIDs = append(sectionIDs, e.CourseSectionID)
		state.Enrollments = append(state.Enrollments, &db.CanvasEnrollment{
			Type: string(e.Type), State: nonEmpty(e.State), SectionCanvasID: new(int64(e.CourseSectionID)),
		})
	}
	for section, err := range c.Sections(ctx, courseID) {
		if err != nil {
			return nil, err
		}
		if slices.Contains(sectionIDs, section.ID) {
			state.Sections = append(state.Sections, &db.CanvasSection{CanvasID: int64(section.ID), Name: section.Name})
		}
	}
	return state, nil
}

// nonEmpty returns a text, or nil for an empty one.
func nonEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
