package db

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db/query"
)

// SyncedState returns the state of a person in a course as of the last synchronization with Canvas or the
// last launch. Its time is unknown.
func (s *Store) SyncedState(ctx context.Context, k MemberKey) (*CanvasState, error) {
	var rows []struct {
		CanvasID, UserCanvasID             int64
		Code, Name, UserName, SortableName string
		LoginID                            *string
		Role                               *Role
		SectionCanvasID                    *int64
		SectionName                        *string
	}
	err := s.db.NewRaw(`SELECT crs.canvas_id, crs.code, crs.name, usr.canvas_id AS user_canvas_id, usr.name AS user_name,
			usr.sortable_name, usr.login_id, enr.role, sec.canvas_id AS section_canvas_id, sec.name AS section_name
		FROM course AS crs JOIN "user" AS usr ON usr.id = ?
		LEFT JOIN enrollment AS enr ON enr.course_id = crs.id AND enr.user_id = usr.id
		LEFT JOIN section AS sec ON sec.id = enr.section_id
		WHERE crs.id = ? ORDER BY enr.role, sec.canvas_id`, k.UserID, k.CourseID).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the state of a person: %w", query.WrapError(err))
	}
	state := &CanvasState{Enrollments: []*CanvasEnrollment{}, Sections: []*CanvasSection{}}
	seen := map[int64]bool{}
	for _, r := range rows {
		state.Course = &CanvasCourse{CanvasID: r.CanvasID, Code: r.Code, Name: r.Name}
		state.Person = &CanvasPerson{CanvasID: r.UserCanvasID, Name: r.UserName, SortableName: r.SortableName, LoginID: r.LoginID}
		if r.Role != nil {
			state.Enrollments = append(state.Enrollments, &CanvasEnrollment{Type: canvasTypes[*r.Role], SectionCanvasID: r.SectionCanvasID})
		}
		if id := r.SectionCanvasID; id != nil && !seen[*id] {
			seen[*id] = true
			state.Sections = append(state.Sections, &CanvasSection{CanvasID: *id, Name: *r.SectionName})
		}
	}
	return state, nil
}

// canvasTypes are the types of enrollments in Canvas by role.
var canvasTypes = map[Role]string{
	RoleTeacher: "TeacherEnrollment", RoleTA: "TaEnrollment", RoleDesigner: "DesignerEnrollment", RoleStudent: "StudentEnrollment",
}
