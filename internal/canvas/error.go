package canvas

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of errors, for errors.Is. Every error of a call is an *Error of one of these
// kinds, or an error of the caller's Tokens or writer.
var (
	// ErrNotFound is the error for an object that does not exist or was deleted.
	ErrNotFound = errors.New("not in Canvas")
	// ErrUnauthorized is the error for a token that is invalid and cannot be renewed.
	// Somebody has to grant access again.
	ErrUnauthorized = errors.New("the token is not accepted by Canvas")
	// ErrForbidden is the error if the owner of the token lacks a permission, or the
	// developer key lacks a scope.
	ErrForbidden = errors.New("not permitted by Canvas")
	// ErrRejected is the error for a request that Canvas rejects. Another attempt has the
	// same result.
	ErrRejected = errors.New("rejected by Canvas")
	// ErrThrottled is the error if the rate limit still rejects the request after all attempts.
	ErrThrottled = errors.New("the rate limit of Canvas is reached")
	// ErrOutcomeUnknown is the error for a write whose response did not arrive. Canvas may or
	// may not have executed it: check before repeating it.
	ErrOutcomeUnknown = errors.New("it is not known whether Canvas did this")
	// ErrUnreachable is the error if there was no usable response: no connection, a server
	// error, or a response that is incomplete or not JSON. It may work later.
	ErrUnreachable = errors.New("no answer from Canvas")
	// ErrTooLarge is the error for a response that exceeds the limit of the client or the caller.
	ErrTooLarge = errors.New("the response is too large")
)

// An Error is a failed call. It contains no token, no query string and no part of a response
// except the error message of Canvas.
type Error struct {
	Op      string // the operation, such as "list the submissions of assignment 3"
	Status  int    // the HTTP status, or 0 without a response
	Message string // the message of Canvas, or what to do; may be empty
	Kind    error  // one of the kinds of this package
	// FileHost reports that a file host failed, and not Canvas itself.
	FileHost bool
	Cause    error // the underlying error, without URLs; may be nil
}

// Error returns one sentence for the log and for the operator of the server.
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

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}
