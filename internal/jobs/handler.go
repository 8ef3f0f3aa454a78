package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Handler runs jobs of one kind.
type Handler[T Args] interface {
	// Do runs a job. Any part of the job may have been done before, by an instance that was
	// killed. An error that is a RetryLater postpones the job, one that wraps ErrPermanent
	// fails it, and any other makes the job run again after a backoff.
	Do(ctx context.Context, args T) error
	// GiveUp records for people that the job failed for good, and why.
	GiveUp(ctx context.Context, args T, reason error) error
}

// A RetryLater is the error of a job that cannot run now. The job runs again after a pause,
// and this attempt does not count.
type RetryLater struct{ After time.Duration }

// Error implements error.
func (r RetryLater) Error() string { return fmt.Sprintf("retry in %s", r.After) }

// ErrPermanent is the error of a job that must not run again.
var ErrPermanent = errors.New("retrying cannot help")

// Permanent returns an error with the text of err that is also ErrPermanent. Reviewers can read
// the text in the list of jobs.
func Permanent(err error) error { return permanentError{err} }

type permanentError struct{ error }

// Is implements the interface that errors.Is looks for.
func (permanentError) Is(target error) bool { return target == ErrPermanent }

// Unwrap implements the interface that errors.Is and errors.As look for.
func (e permanentError) Unwrap() error { return e.error }
