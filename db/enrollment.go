package db

import "github.com/uptrace/bun"

// An Enrollment gives a person a role in a course or in a section of it.
type Enrollment struct {
	bun.BaseModel `bun:"table:enrollment,alias:enr"`

	CourseID  int64  `bun:"course_id"`
	UserID    int64  `bun:"user_id"`
	Role      Role   `bun:"role"`
	SectionID *int64 `bun:"section_id"`
}

// An EnrollmentKey identifies an enrollment. SectionID is 0 without a section.
type EnrollmentKey struct {
	CourseID, UserID, SectionID int64
	Role                        Role
}

// Key returns the key of the enrollment.
func (e *Enrollment) Key() EnrollmentKey {
	k := EnrollmentKey{CourseID: e.CourseID, UserID: e.UserID, Role: e.Role}
	if e.SectionID != nil {
		k.SectionID = *e.SectionID
	}
	return k
}
