package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
)

// Canvases reach the Canvas of each account.
type Canvases interface {
	// Client returns a client of an account's Canvas, always the same one. It fails with
	// accounts.ErrNotConfigured when that Canvas is not set up.
	Client(ctx context.Context, account int64) (*canvas.Client, error)
	// Contacted records how it went to ask an account's Canvas something: err is what that
	// failed with, nil if it did not.
	Contacted(ctx context.Context, account int64, err error) error
}

// CanvasPause is how long work waits for a Canvas that does not answer or wants a rest.
const CanvasPause = time.Minute

// hopeless tells whether asking Canvas the same again is no use.
func hopeless(err error) bool {
	for _, kind := range []error{canvas.ErrNotFound, canvas.ErrUnauthorized, canvas.ErrForbidden, canvas.ErrRejected, canvas.ErrTooLarge} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// CanvasError makes of what a call of Canvas failed with what a Runner does about it.
func CanvasError(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrPointless):
		return err
	case hopeless(err), errors.Is(err, accounts.ErrNotConfigured):
		return fmt.Errorf("%w: %w", err, ErrPointless)
	case errors.Is(err, canvas.ErrThrottled):
		return Later{CanvasPause}
	}
	return err
}

// CanvasSettings is what Canvas says of an assignment, in the store's form. What the store knows
// no word for is left out.
func CanvasSettings(a canvas.Assignment, now time.Time) change.CanvasSettings {
	cs := change.CanvasSettings{
		Active: takesSubmissions(a, now), Published: &a.Published, GroupGradedSeparately: &a.GradeGroupStudentsIndividually,
	}
	switch a.GradingType {
	case canvas.Points, canvas.Percent, canvas.LetterGrade, canvas.GPAScale, canvas.PassFail, canvas.NotGraded:
		cs.GradingType = new(string(a.GradingType))
	}
	if a.PointsPossible != nil && *a.PointsPossible >= 0 {
		cs.PointsPossible = a.PointsPossible
	}
	if a.GroupCategoryID > 0 {
		cs.GroupCategoryID = new(int64(a.GroupCategoryID))
	}
	return cs
}

// takesSubmissions tells whether students may hand in online: what the store calls active.
func takesSubmissions(a canvas.Assignment, now time.Time) bool {
	online := slices.ContainsFunc(a.SubmissionTypes, func(t string) bool { return strings.HasPrefix(t, "online_") })
	return a.Published && online && (a.LockAt.IsZero() || now.Before(a.LockAt))
}
