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
	User UserID
	// Pseudonyms replace people, if they exist.
	Pseudonyms Pseudonyms
	// MinGroup, if positive, is the minimum number of students in a figure that the caller sees. The caller
	// sees no row of a person or about one person.
	MinGroup MinGroup
	system   bool
}

// SystemScope returns the scope of the program itself, which sees all rows as they are stored. It
// must not be used for a caller.
func SystemScope() Scope { return Scope{system: true} }

// ScopeOf returns the scope of a caller. Only a caller with a user id can be a student.
func ScopeOf(p *access.Principal) Scope {
	sc := Scope{
		Review:     CourseSet{fromReviewCourses, p.Courses(access.Reviewer)},
		Design:     CourseSet{fromDesignCourses, p.Courses(access.Designer)},
		Pseudonyms: Pseudonyms{p.Pseudonymous, pseudonymKey(p.KeyID)},
		MinGroup:   MinGroup(p.MinGroup),
	}
	if p.UserID != 0 {
		sc.User, sc.Learn = UserID(p.UserID), CourseSet{fromLearnCourses, p.Courses(access.Student)}
	}
	return sc
}

// FiguresOnly reports whether the caller sees figures, and no row of a person or about one person.
func (sc Scope) FiguresOnly() bool { return sc.MinGroup > 0 }

// WithRows returns the scope in which the statements of figures read the rows that they count.
func (sc Scope) WithRows() Scope {
	sc.MinGroup = 0
	return sc
}

// IsSystem reports whether the scope is the SystemScope.
func (sc Scope) IsSystem() bool { return sc.system }
