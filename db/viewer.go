package db

import "time"

// A Viewer is who is calling, as the caller itself may know it.
type Viewer struct {
	Name      string
	Kind      ViewerKind
	KeyPrefix *string
	ReadOnly  bool
	ExpiresAt *time.Time
}

// A ViewerKind says how a caller came in.
type ViewerKind string

// ViewerAPIKey is a caller with an API key.
const ViewerAPIKey ViewerKind = "API_KEY"
