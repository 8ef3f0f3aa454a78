package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
)

// retryBusy is the time after which clients try again if authentication took too long.
const retryBusy = 5 * time.Second

// Fault returns the fault that clients get for an error of [Authenticator.AdmitRequest]. It
// does not reveal whether a rejected key is unknown, wrong, revoked or expired.
func Fault(err error) error {
	var throttled *ThrottledError
	switch {
	case errors.As(err, &throttled):
		return &fault.Error{
			Kind: fault.RateLimited, RetryAfter: throttled.RetryAfter,
			Message: fmt.Sprintf("There were too many failed attempts: wait %s and try again.", throttled.roundUp()),
		}
	case errors.Is(err, context.Canceled):
		return errors.Join(fault.ClientClosed, err)
	case errors.Is(err, context.DeadlineExceeded):
		return errors.Join(&fault.Error{Kind: fault.Unavailable, RetryAfter: retryBusy, Message: "Authentication took too long: try again later."}, err)
	case errors.Is(err, ErrBadCredentials):
		return fault.New(fault.Unauthenticated, "The API key is not valid: check it, or request a new one.")
	case errors.Is(err, ErrSessionEnded):
		return errSessionEnded
	case errors.Is(err, ErrCrossOrigin):
		return errCrossOrigin
	case errors.Is(err, ErrNoCredentials):
		return fault.Unauthenticated
	}
	return err
}
