package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrUnavailable is the error if the engine is not reachable, overloaded, rejects our key, or is
// not a Momotor engine. The submission is not the cause and can be retried later.
var ErrUnavailable = errors.New("the engine is not available")

// ErrTooLarge is the error for results that are larger than Submission.MaxResultSize.
var ErrTooLarge = errors.New("the results are larger than allowed")

// ErrDetached, as the cancellation cause of the context of Evaluate, ends the call but keeps the
// job at the engine. A later Evaluate resumes the job with Submission.JobID.
var ErrDetached = errors.New("the caller stopped waiting for the job, which continues at the engine")

// JobFailed is the error if the engine started the job and gave up.
type JobFailed struct {
	// Failure is the message of the engine, for people who know the recipe. It is foreign
	// text: at most some thousands of bytes of UTF-8, without control characters except tabs
	// and line feeds.
	Failure string
}

// Error implements error.
func (e *JobFailed) Error() string { return "the engine gave up: " + e.Failure }

// newJobFailed returns a JobFailed with a text of any length.
func newJobFailed(text string) *JobFailed {
	if text = sanitize(text, 4000); text == "" {
		text = "no reason given"
	}
	return &JobFailed{text}
}

// sanitize makes foreign text fit for logs, the store and display: at most maximum bytes of
// UTF-8, with U+FFFD in place of control characters.
func sanitize(text string, maximum int) string {
	if len(text) > maximum {
		text = text[:maximum] + " …"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, "")))
}

// asUnavailable wraps an error that the submission cannot have caused in ErrUnavailable.
func asUnavailable(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %v", ErrUnavailable, err) // %v, so that it is not an exception about a job
}
