package access

// Roles is a set of roles in a course. A set has the rights of each of its roles.
type Roles uint8

// The roles, as in the manual of the Momotor LTI app.
const (
	Teacher  Roles = 1 << iota // reviews, edits the configuration, publishes, sends scores to Canvas
	TA                         // reviews the results of all students, published or not
	Designer                   // edits the configuration and cannot view results
	Student                    // sees published results of their own or of their group
)

// Reviewer is the set of roles that see every result of a course, published or not, with
// secret steps and reviewer scores.
const Reviewer = Teacher | TA

// AnyRole is the set of all roles.
const AnyRole = Reviewer | Designer | Student
