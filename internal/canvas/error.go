package canvas

import (
	"errors"
	"fmt"
	"strings"
)

// What can go wrong, for errors.Is. Every error of a call to Canvas is an *Error of one of
// these kinds, or that of the caller's Tokens or writer.
var (
	// ErrNotFound says that it is not in Canvas, or no longer: the course was deleted, say.
	ErrNotFound = errors.New("not in Canvas")
	// ErrUnauthorized says that Canvas accepts the token no longer, and no other could be
	// had: somebody has to give a new one.
	ErrUnauthorized = errors.New("the token is not accepted by Canvas")
	// ErrForbidden says that the token is good and its owner may not do this, or that the
	// developer key lacks a scope.
	ErrForbidden = errors.New("not permitted by Canvas")
	// ErrRefused says that Canvas understood what was asked and will not do it; asking
	// again gives the same answer.
	ErrRefused = errors.New("refused by Canvas")
	// ErrThrottled says that Canvas' rate limit held through every retry.
	ErrThrottled = errors.New("the rate limit of Canvas is reached")
	// ErrUnsure says that a request which changes something may have arrived, and that
	// its answer did not. Look before asking again.
	ErrUnsure = errors.New("it is not known whether Canvas did this")
	// ErrUnreachable says that no usable answer came: no connection, a server error, a
	// page that is cut off or no JSON. Later it may work.
	ErrUnreachable = errors.New("no answer from Canvas")
	// ErrTooLarge says that an answer is longer than the caller or the client takes.
	ErrTooLarge = errors.New("the answer is too large")
)

// Error is how a call to Canvas failed. It holds no token, no query and nothing of an
// answer but Canvas' own error message.
type Error struct {
	Op      string // what was being done: "list the submissions of assignment 3"
	Status  int    // the HTTP status, or 0 when there was no answer
	Message string // what Canvas said, or what to do; may be empty
	Kind    error  // one of the package's kinds
	// Elsewhere says that it was not Canvas that failed, but a host that it keeps files on.
	Elsewhere bool
	Cause     error // what lies below, without addresses; may be nil
}

// Error is one sentence for the log and for the person who runs the server.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Op, e.Kind)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}
