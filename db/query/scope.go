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
	// FiguresOnly is set if the caller sees figures, and no row of a person or about one person. Statements
	// of figures use WithRows.
	FiguresOnly bool
	system      bool
}

// SystemScope returns the scope of the program itself, which sees all rows as they are stored. It
// must not be used for a caller.
func SystemScope() Scope { return Scope{system: true} }

// ScopeOf returns the scope of a caller. Only a caller with a user id can be a student.
func ScopeOf(p *access.Principal) Scope {
	sc := Scope{
		Review:      CourseSet{fromReviewCourses, p.Courses(access.Reviewer)},
		Design:      CourseSet{fromDesignCourses, p.Courses(access.Designer)},
		Pseudonyms:  pseudonymsOf(p.Pseudonyms),
		FiguresOnly: p.MinGroup > 0,
	}
	if p.UserID != 0 {
		sc.User, sc.Learn = UserID(p.UserID), CourseSet{fromLearnCourses, p.Courses(access.Student)}
	}
	return sc
}

// WithRows returns the scope for the statements of figures, which read the rows that they count. The caller
// must not see these rows if sc.FiguresOnly is set.
func (sc Scope) WithRows() Scope {
	sc.FiguresOnly = false
	return sc
}

// IsSystem reports whether the scope is the SystemScope.
func (sc Scope) IsSystem() bool { return sc.system }
