package accounts

import (
	"errors"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/seal"
)

// ErrNotConfigured is the error for an account whose Canvas cannot be used before an
// administrator configures it. The text of such an error says what to do.
var ErrNotConfigured = errors.New("the Canvas of the account is not configured")

// A notConfiguredError is ErrNotConfigured with the text of another error.
type notConfiguredError struct{ error }

// Is implements the interface that errors.Is looks for.
func (notConfiguredError) Is(target error) bool { return target == ErrNotConfigured }

// Unwrap implements the interface that errors.Is and errors.As look for.
func (e notConfiguredError) Unwrap() error { return e.error }

// contactFailure returns why Canvas could not be used, as a text for people; "" if Canvas
// answered, even if it refused the request. ok is false if the error says nothing about
// Canvas.
func contactFailure(err error) (failure string, ok bool) {
	for _, answer := range []error{nil, canvas.ErrNotFound, canvas.ErrForbidden, canvas.ErrRejected, canvas.ErrTooLarge} {
		if errors.Is(err, answer) {
			return "", true
		}
	}
	if e, ok := errors.AsType[*canvas.Error](err); ok {
		return e.Error(), true
	}
	for _, sealErr := range []error{seal.ErrWrongKey, seal.ErrDamaged} {
		if errors.Is(err, sealErr) {
			return "The token cannot be opened: " + sealErr.Error(), true
		}
	}
	return "", false
}
