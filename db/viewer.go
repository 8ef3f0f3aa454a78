package db

import "time"

// A Viewer describes the caller of a request.
type Viewer struct {
	Name      string
	Kind      ViewerKind
	KeyPrefix *string
	ReadOnly  bool
	ExpiresAt *time.Time
}

// A ViewerKind is the way in which a caller authenticated.
type ViewerKind string

// ViewerAPIKey is a caller with an API key.
const ViewerAPIKey ViewerKind = "API_KEY"
