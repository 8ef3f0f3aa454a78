// Package fault lists the kinds of failure of a request, each with its GraphQL code, its
// HTTP status and its message for clients.
package fault

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"
)

// A Kind is a kind of failure. It implements error, so errors.Is(err, fault.Gone) reports
// the kind of a wrapped error.
type Kind struct {
	// Code is the extensions.code of a GraphQL error.
	Code string
	// Status is the status code of an HTTP response.
	Status int
	// Name is the text of the kind in Go errors and in the log.
	Name string
	// Message is the sentence for clients when the error has no message of its own.
	Message string
}

// Error implements error with the name.
func (k *Kind) Error() string { return k.Name }

// The kinds of failure. An object that the caller has no access to is NotFound and never
// Forbidden: callers cannot distinguish it from an object that does not exist.
var (
	Unauthenticated = &Kind{"UNAUTHENTICATED", http.StatusUnauthorized, "unauthenticated",
		"Authentication is required: send the header “Authorization: Api-Key PREFIX.SECRET” with a valid key."}
	Forbidden = &Kind{"FORBIDDEN", http.StatusForbidden, "forbidden",
		"You do not have permission to do this."}
	NotFound = &Kind{"NOT_FOUND", http.StatusNotFound, "not found",
		"The object does not exist, or you have no access to it."}
	Gone = &Kind{"GONE", http.StatusGone, "gone",
		"The file was purged."}
	BadInput = &Kind{"BAD_USER_INPUT", http.StatusBadRequest, "invalid input",
		"The input is not valid."}
	Conflict = &Kind{"CONFLICT", http.StatusConflict, "conflict",
		"The request conflicts with the current state of the object."}
	Outdated = &Kind{"CONFLICT", http.StatusPreconditionFailed, "outdated version",
		"The object was changed since you read it: read it again and repeat the change."}
	TooLarge = &Kind{"BAD_USER_INPUT", http.StatusRequestEntityTooLarge, "request too large",
		"The request is too large."}
	// No client receives ClientClosed. It has the status that nginx logs.
	ClientClosed = &Kind{"UNAVAILABLE", 499, "client closed the request",
		"The client closed the request."}
	RateLimited = &Kind{"RATE_LIMITED", http.StatusTooManyRequests, "rate limited",
		"There were too many requests: wait and try again."}
	Unavailable = &Kind{"UNAVAILABLE", http.StatusServiceUnavailable, "unavailable",
		"The service is temporarily unavailable: try again later."}
	Internal = &Kind{"INTERNAL", http.StatusInternalServerError, "internal error",
		"An internal error occurred: try again, or report it to the operator."}
)

// An Error is a failure with more information for the client than its kind.
type Error struct {
	Kind *Kind
	// Message is a sentence for the client. It must not reveal anything that the client
	// has no access to.
	Message string
	// Fields has the messages for single fields of the input, by the field's name.
	Fields map[string][]string
	// RetryAfter is the time to wait before trying again; 0 if unknown. See RetrySeconds.
	RetryAfter time.Duration
}

// New returns a failure of kind k with a message for the client.
func New(k *Kind, message string) *Error { return &Error{Kind: k, Message: message} }

// Error implements error with the message for clients.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the kind, for errors.Is.
func (e *Error) Unwrap() error { return e.Kind }

// defaultRetryAfter is the time to wait after a failure of unknown duration that passes by itself.
const defaultRetryAfter = 5 * time.Second

// RetrySeconds returns the time to wait before trying again, in seconds. It is at least 1 for a
// kind with the status 429 or 503, and 0 if trying again does not help.
func (e *Error) RetrySeconds() int {
	wait := e.RetryAfter
	if wait <= 0 && (e.Kind.Status == http.StatusTooManyRequests || e.Kind.Status == http.StatusServiceUnavailable) {
		wait = defaultRetryAfter
	}
	return int(math.Ceil(wait.Seconds()))
}

// SetRetryAfter sets the header Retry-After of the response that reports e, if trying again helps.
func (e *Error) SetRetryAfter(h http.Header) {
	if seconds := e.RetrySeconds(); seconds > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
}

// KindOf returns the kind of err: Internal if it has none, nil if err is nil.
func KindOf(err error) *Kind {
	if err == nil {
		return nil
	}
	var k *Kind
	if errors.As(err, &k) {
		return k
	}
	return Internal
}

// Describe returns the description of err for a client. An error without a kind is
// described as Internal, without its text.
func Describe(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	k := KindOf(err)
	return &Error{Kind: k, Message: k.Message}
}
