package db

import "time"

// A Viewer describes the caller to themselves.
type Viewer struct {
	Name      string
	Kind      ViewerKind
	KeyPrefix *string
	ReadOnly  bool
	ExpiresAt *time.Time
}

// A ViewerKind is how a caller authenticated.
type ViewerKind string

// ViewerAPIKey is a caller with an API key.
const ViewerAPIKey ViewerKind = "API_KEY"
