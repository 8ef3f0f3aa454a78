package access

// Roles is a set of the roles that someone has in a course. Roles combine: who
// has two may do what either may.
type Roles uint8

// The roles, after the manual of the Momotor LTI app.
const (
	Teacher  Roles = 1 << iota // reviews, edits the configuration, publishes, sends scores to Canvas
	TA                         // reviews the results of all students, published or not
	Designer                   // edits the configuration and cannot view results
	Student                    // sees published results of their own or of their group
)

// The sets of roles that decide something.
const (
	Reviewer   = Teacher | TA
	Configurer = Teacher | Designer
	Anyone     = Teacher | TA | Designer | Student
)
