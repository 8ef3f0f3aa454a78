package db

import "time"

// A Viewer describes the caller of a request.
type Viewer struct {
	Name      string
	Kind      ViewerKind
	KeyPrefix *string
	ReadOnly  bool
	ExpiresAt *time.Time
	// Note says how a person is not the one who signed in; nil otherwise.
	Note *string
	// MinGroup is the minimum number of students in a figure, for a caller who may read only figures.
	MinGroup *int
	// Pseudonymous is set for a caller who sees pseudonyms in place of people.
	Pseudonymous bool
}

// A ViewerKind is the way in which a caller authenticated.
type ViewerKind string

// The ways to authenticate.
const (
	ViewerAPIKey ViewerKind = "API_KEY" // with an API key
	ViewerUser   ViewerKind = "USER"    // a person who is signed in
)
