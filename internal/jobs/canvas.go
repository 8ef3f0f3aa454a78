package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
)

// Canvases reach the Canvas of each account.
type Canvases interface {
	// Client returns a client of an account's Canvas, always the same one. It fails with
	// ErrPointless when that Canvas is not set up.
	Client(ctx context.Context, account int64) (*canvas.Client, error)
	// Contacted records how it went to ask an account's Canvas something: err is what that
	// failed with, nil if it did not.
	Contacted(ctx context.Context, account int64, err error) error
}

// canvasPause is how long work waits for a Canvas that does not answer or wants a rest.
const canvasPause = time.Minute

// hopeless tells whether asking Canvas the same again is no use.
func hopeless(err error) bool {
	for _, kind := range []error{canvas.ErrNotFound, canvas.ErrUnauthorized, canvas.ErrForbidden, canvas.ErrRefused, canvas.ErrTooLarge} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// settle makes of what a call of Canvas failed with what a Runner does about it.
func settle(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrPointless):
		return err
	case hopeless(err):
		return fmt.Errorf("%w: %w", err, ErrPointless)
	case errors.Is(err, canvas.ErrThrottled):
		return Later{canvasPause}
	}
	return err
}
