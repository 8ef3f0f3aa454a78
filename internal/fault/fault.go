// Package fault names the ways in which a request can fail, each with the code that
// GraphQL clients see in extensions.code and the status that HTTP clients see.
package fault

import (
	"errors"
	"net/http"
	"time"
)

// A Kind is one way to fail. It is an error itself, so that errors.Is(err, fault.Gone)
// finds out what went wrong however often the error was wrapped on its way.
type Kind struct {
	// Code is the extensions.code of a GraphQL error.
	Code string
	// Status is the status code of an HTTP answer.
	Status int
	// Text says to a client what happened, without any detail.
	Text string
}

// Error implements error with the text for clients.
func (k *Kind) Error() string { return k.Text }

// The kinds of failure. What a caller may not see is NotFound and never Forbidden:
// absent and not allowed look the same.
var (
	Unauthenticated = &Kind{"UNAUTHENTICATED", http.StatusUnauthorized, "authentication is required: send the header “Authorization: Api-Key PREFIX.SECRET” with a valid key"}
	Forbidden       = &Kind{"FORBIDDEN", http.StatusForbidden, "you may not do this"}
	NotFound        = &Kind{"NOT_FOUND", http.StatusNotFound, "not found"}
	Gone            = &Kind{"GONE", http.StatusGone, "it was there, but is kept no longer"}
	BadInput        = &Kind{"BAD_USER_INPUT", http.StatusBadRequest, "the input is not valid"}
	Conflict        = &Kind{"CONFLICT", http.StatusConflict, "this conflicts with the present state"}
	Outdated        = &Kind{"CONFLICT", http.StatusPreconditionFailed, "it was changed meanwhile: read it again"}
	TooLarge        = &Kind{"BAD_USER_INPUT", http.StatusRequestEntityTooLarge, "the request is too large"}
	RateLimited     = &Kind{"RATE_LIMITED", http.StatusTooManyRequests, "too many requests: wait and try again"}
	Unavailable     = &Kind{"UNAVAILABLE", http.StatusServiceUnavailable, "the service is not available now: try again later"}
	Internal        = &Kind{"INTERNAL", http.StatusInternalServerError, "something went wrong on our side"}
)

// An Error is a failure with something more to tell the client than its kind.
type Error struct {
	Kind *Kind
	// Message is for the client; it must hold nothing that the client may not know.
	Message string
	// Fields are the messages for single fields of the input, by the field's name.
	Fields map[string][]string
	// RetryAfter says when trying again can help; 0 when it is not known.
	RetryAfter time.Duration
}

// New returns a failure of kind k with a message for the client.
func New(k *Kind, message string) *Error { return &Error{Kind: k, Message: message} }

// Error implements error with the message for clients.
func (e *Error) Error() string { return e.Message }

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// Of returns the kind of err: Internal when it has none, nil when err is nil.
func Of(err error) *Kind {
	if err == nil {
		return nil
	}
	var k *Kind
	if errors.As(err, &k) {
		return k
	}
	return Internal
}

// Describe returns what a client may be told about err. An error without a kind is
// Internal, and nothing of its text is told.
func Describe(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	k := Of(err)
	return &Error{Kind: k, Message: k.Text}
}
