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

// A Kinless stands for the parent of what starts from nothing.
type Kinless struct{ Kin }

func (*Kinless) identity() []string              { return nil }
func (*Kinless) order() []string                 { return nil }
func (*Kinless) keys() []string                  { return nil }
func (*Kinless) expr(string, Scope, bool) Clause { return Clause{} }
