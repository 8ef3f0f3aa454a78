// Package engine runs submissions on the Momotor engine and returns their results.
package engine

import (
	"context"
	"io"
)

// An Engine checks submissions. It is safe for concurrent use.
type Engine interface {
	// Evaluate checks one product with a recipe and returns the results bundle, which the
	// caller must close. It takes as long as the engine does, which may be hours. It calls
	// progress, which may be nil, from the same goroutine on every change, and when the
	// engine still has the job in Submission.JobID.
	//
	// The error is or wraps
	//   - [ErrUnavailable] if the engine is unavailable or rejects the login: try again later;
	//   - a [*JobFailed] if the engine gave up: another attempt is useless;
	//   - [ErrTooLarge] if the results exceed the limit: another attempt is useless;
	//   - ctx's error or its cause, if ctx is done: the engine forgets the job, unless the
	//     cause is [ErrDetached];
	//   - an [*Exception] if the engine rejects a request.
	//
	// Any other error is a bug in one of the programs.
	Evaluate(ctx context.Context, w Submission, progress func(Progress)) (*Results, error)

	// Check connects to the engine, logs in and returns information about it. The error wraps
	// [ErrUnavailable] if the engine does not respond or rejects the login.
	Check(ctx context.Context) (Info, error)

	// EndJob cancels a job, identified by Progress.JobID, and removes it from the engine. It is not
	// an error if the engine does not know the job. The error wraps [ErrUnavailable] if the
	// engine does not respond.
	EndJob(ctx context.Context, job string) error

	// Close closes the connection. Running calls fail.
	Close() error
}

// A Submission is a product to check, with its recipe. Recipe and Product are required.
type Submission struct {
	Recipe  Asset
	Config  Asset // optional
	Product Asset

	// MaxResultSize is the maximum size of the results in bytes; it must be above zero.
	MaxResultSize int64

	// JobID is the Progress.JobID of an earlier Evaluate of the same submission that ended with
	// ErrUnavailable, with ErrDetached, or with the process. Evaluate then resumes that job if
	// the engine still has it. It is empty for a new submission.
	JobID string
}

// An Asset is a bundle to upload.
type Asset struct {
	Name   string // for display, also in the log of the engine
	Format Format
	Size   int64 // in bytes; must be the length of the content

	// Open returns the content from its start. It may be called more than once and must
	// return the same content each time.
	Open func(context.Context) (io.ReadCloser, error)
}

// empty reports whether the asset is missing.
func (a Asset) empty() bool { return a.Open == nil }

// Format is the file format of a bundle.
type Format int

// The formats of a bundle (Momotor bundle format).
const (
	XML Format = iota + 1 // plain XML, no attachments
	ZIP                   // the XML and its attachments in a zip
)

// String returns "XML" or "ZIP".
func (f Format) String() string {
	switch f {
	case XML:
		return "XML"
	case ZIP:
		return "ZIP"
	}
	return "no format"
}

// Progress is the progress of a submission.
type Progress struct {
	State State
	// Done of Total tasks have ended. Total is 0 until the engine has counted them, and both
	// may grow.
	Done, Total int
	// JobID is the id of the job at the engine: see Submission.JobID.
	JobID string
}

// State is the state of a submission whose check has not ended.
type State int

// The states of a submission.
const (
	Queued     State = iota // waiting in the queue
	Processing              // running tasks
)

// String returns "queued" or "processing".
func (s State) String() string {
	if s == Processing {
		return "processing"
	}
	return "queued"
}

// Info is information about an engine.
type Info struct {
	Name    string // the kind of engine
	Version string // may be empty
}
