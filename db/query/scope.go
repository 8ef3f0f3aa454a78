package query

import "github.com/momotor/resultgraph/internal/access"

// A Scope says who is asking: every read puts its conditions into its SQL, so that a row
// that the caller may not see never leaves the database. The zero Scope sees nothing.
type Scope struct {
	Review, Design, Learn CourseSet // courses
	User                  UserID    // the caller, in the courses of learn
	system                bool
}

// SystemScope is the scope of the program systemScope(), which sees all rows as they are stored.
// It is never that of a caller.
func SystemScope() Scope { return Scope{system: true} }

// ScopeOf returns the scope of a caller.
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

// IsSystem reports whether the scope is that of the program itself.
func (sc Scope) IsSystem() bool { return sc.system }
