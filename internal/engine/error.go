package engine

import (
	"errors"
	"strings"
)

// ErrUnavailable says that the engine is away, too busy, or does not accept our key. The
// work is untouched and can be tried again later. It is wrapped with what happened.
var ErrUnavailable = errors.New("the engine is not available")

// ErrTooLarge says that the results are larger than Work.Limit.
var ErrTooLarge = errors.New("the results are larger than allowed")

// JobFailed says that the engine began with the work and gave it up for good.
type JobFailed struct {
	// Failure is the engine's own text, for a person who knows the recipe. It is foreign
	// text: at most some thousands of bytes, UTF-8, and anything else.
	Failure string
}

// Error implements error.
func (e *JobFailed) Error() string { return "the engine gave up: " + e.Failure }

// failed makes a JobFailed of a text of any length.
func failed(text string) *JobFailed {
	const most = 4000
	if len(text) > most {
		text = text[:most] + " …"
	}
	if text = strings.TrimSpace(strings.ToValidUTF8(text, "")); text == "" {
		text = "it does not say why"
	}
	return &JobFailed{text}
}
