package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrUnavailable says that the engine is away, too busy, does not accept our key, or is not
// what it should be: no work is to blame, and it can be tried again later. It is wrapped
// with what happened.
var ErrUnavailable = errors.New("the engine is not available")

// ErrTooLarge says that the results are larger than Work.Limit.
var ErrTooLarge = errors.New("the results are larger than allowed")

// ErrSetAside, as the cause for which the context of an Evaluate is cancelled, leaves the
// work with the engine: a later Evaluate goes on with it, by Work.Job.
var ErrSetAside = errors.New("the work is left to later")

// JobFailed says that the engine began with the work and gave it up for good.
type JobFailed struct {
	// Failure is the engine's own text, for a person who knows the recipe. It is foreign
	// text: at most some thousands of bytes of UTF-8, of control characters only tabs and
	// line ends, and anything else.
	Failure string
}

// Error implements error.
func (e *JobFailed) Error() string { return "the engine gave up: " + e.Failure }

// failed makes a JobFailed of a text of any length.
func failed(text string) *JobFailed {
	if text = tidy(text, 4000); text == "" {
		text = "it does not say why"
	}
	return &JobFailed{text}
}

// tidy makes of foreign text what can be logged, stored and shown: at most so many bytes of
// UTF-8, with U+FFFD in the place of control characters.
func tidy(text string, most int) string {
	if len(text) > most {
		text = text[:most] + " …"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, "")))
}

// blameless makes ErrUnavailable of an error that no work can be to blame for.
func blameless(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %v", ErrUnavailable, err) // nobody is to take it for an exception about a job
}
