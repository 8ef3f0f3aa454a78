package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Handler runs jobs of one kind.
type Handler[T Args] interface {
	// Do runs a job. An instance that was killed may have done any part of the job before. A
	// RetryLater error postpones the job, and an error that wraps ErrPermanent fails it. After
	// any other error the job runs again after a backoff.
	Do(ctx context.Context, args T) error
	// GiveUp records, where users can see it, that the job failed permanently, and the reason.
	GiveUp(ctx context.Context, args T, reason error) error
}

// A RetryLater is the error of a job that cannot run now. The job runs again after a pause,
// and this attempt does not count.
type RetryLater struct{ After time.Duration }

// Error implements error.
func (r RetryLater) Error() string { return fmt.Sprintf("retry in %s", r.After) }

// ErrPermanent is the error of a job that must not run again.
var ErrPermanent = errors.New("retrying cannot help")

// Permanent returns an error that has the text of err and wraps ErrPermanent as well as err.
// Reviewers can read the text in the list of jobs.
func Permanent(err error) error { return permanentError{err} }

type permanentError struct{ error }

// Is implements the interface that errors.Is looks for.
func (permanentError) Is(target error) bool { return target == ErrPermanent }

// Unwrap implements the interface that errors.Is and errors.As look for.
func (e permanentError) Unwrap() error { return e.error }
