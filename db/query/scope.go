package query

import "github.com/momotor/resultgraph/internal/access"

// A Scope is the part of a caller's rights that decides which rows the caller may see. Every
// statement includes it as conditions, so that invisible rows never leave the database. The
// zero Scope sees nothing.
type Scope struct {
	// Review, Design and Learn are the courses in which the caller is a reviewer, a designer or a
	// student.
	Review, Design, Learn CourseSet
	// User is the caller in the courses of Learn.
	User   UserID
	system bool
}

// SystemScope returns the scope of the program itself, which sees all rows as they are stored. It
// must not be used for a caller.
func SystemScope() Scope { return Scope{system: true} }

// ScopeOf returns the scope of a caller. Only a caller with a user id can be a student.
func ScopeOf(p *access.Principal) Scope {
	sc := Scope{
		Review: CourseSet{fromReviewCourses, p.Courses(access.Reviewer)},
		Design: CourseSet{fromDesignCourses, p.Courses(access.Designer)},
	}
	if p.UserID != 0 {
		sc.User, sc.Learn = UserID(p.UserID), CourseSet{fromLearnCourses, p.Courses(access.Student)}
	}
	return sc
}

// IsSystem reports whether the scope is the SystemScope.
func (sc Scope) IsSystem() bool { return sc.system }
