// Package engine gives work to the Momotor engine and fetches what comes out of it.
package engine

import (
	"context"
	"io"
)

// An Engine checks submissions. All of it may be used by several goroutines at once.
type Engine interface {
	// Evaluate checks one product by a recipe, and returns the results bundle that comes
	// out, which the caller closes. It takes as long as the engine does, which may be hours;
	// progress, which may be nil, is called in the meantime, from the same goroutine,
	// whenever something about it has changed, and when the engine is found to be at a
	// Work.Job.
	//
	// The error is or wraps
	//   - [ErrUnavailable] when the engine is away or does not let us in: the work is as it
	//     was, and is to be tried again later;
	//   - a [*JobFailed] when the engine gave up: trying again is no use;
	//   - [ErrTooLarge] when the results are larger than allowed: neither;
	//   - ctx's own error, or its cause, when ctx is done: the engine was told to forget the
	//     work, unless the cause is [ErrSetAside];
	//   - an [*Exception] when the engine has something against what was sent.
	//
	// Every other error is a fault of one of the programs.
	Evaluate(ctx context.Context, w Work, progress func(Progress)) (*Results, error)

	// Check asks the engine who it is. The error wraps [ErrUnavailable] when it does not
	// answer, or does not let us in.
	Check(ctx context.Context) (Info, error)

	// End has the engine forget work that nobody goes on with, by the name that Progress.Job
	// gave it. It may have forgotten it already. The error wraps [ErrUnavailable] when it
	// could not be told.
	End(ctx context.Context, job string) error

	// Close lets go of the engine. What is under way fails.
	Close() error
}

// Work is one submission to check. Recipe and Product must be there.
type Work struct {
	Recipe  Asset
	Config  Asset // may be left empty
	Product Asset

	// Limit is the size in bytes that the results may have; it must be more than zero.
	Limit int64

	// Job is what Progress.Job said in an earlier Evaluate of the same work that ended with
	// ErrUnavailable, with ErrSetAside, or with the program. Evaluate then goes on with that
	// job if the engine still has it. Empty for new work.
	Job string
}

// An Asset is a bundle to send.
type Asset struct {
	Name   string // for people; the engine's log shows it
	Format Format
	Size   int64 // in bytes; what Open gives must be as long

	// Open returns the content from its start. It may be called more than once, and gives
	// the same each time.
	Open func(context.Context) (io.ReadCloser, error)
}

// empty reports whether there is no such bundle.
func (a Asset) empty() bool { return a.Open == nil }

// Format is how a bundle is packed.
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

// Progress is how far work has come.
type Progress struct {
	State State
	// Done of Total tasks have ended. Total is 0 as long as the engine has not counted them,
	// and both may grow.
	Done, Total int
	// Job names the work at the engine: see Work.Job.
	Job string
}

// State is what the engine does with work that has not ended.
type State int

// The states of work under way.
const (
	Queued     State = iota // it waits for its turn
	Processing              // tasks run
)

// String returns "queued" or "processing".
func (s State) String() string {
	if s == Processing {
		return "processing"
	}
	return "queued"
}

// Info is what an engine says of itself.
type Info struct {
	Name    string // what kind of engine it is
	Version string // may be empty
}
