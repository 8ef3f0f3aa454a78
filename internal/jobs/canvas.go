package jobs

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
)

// CanvasClients has a Canvas client for each account.
type CanvasClients interface {
	// Client returns the client of an account, always the same one. The error is
	// accounts.ErrNotConfigured when the account's Canvas is not configured.
	Client(ctx context.Context, account int64) (*canvas.Client, error)
	// RecordAvailability records whether an account's Canvas answered: err is the error of the
	// last call.
	RecordAvailability(ctx context.Context, account int64, err error) error
}

// CanvasPause is how long a job waits for a Canvas that throttles it or does not answer.
const CanvasPause = time.Minute

// ClassifyCanvasError converts the error of a Canvas call to an error that makes a Runner fail,
// postpone or retry the job. A nil error stays nil.
func ClassifyCanvasError(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrPermanent):
		return err
	case isPermanent(err):
		return Permanent(err)
	case errors.Is(err, canvas.ErrThrottled):
		return RetryLater{CanvasPause}
	}
	return err
}

// isPermanent reports whether a Canvas call would fail again. It can succeed only after a change
// in Canvas or in the configuration.
func isPermanent(err error) bool {
	for _, target := range []error{
		accounts.ErrNotConfigured, canvas.ErrNotFound, canvas.ErrUnauthorized, canvas.ErrForbidden, canvas.ErrRejected, canvas.ErrTooLarge,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// CanvasSettings returns the settings of a Canvas assignment in the form of the store. It
// omits values that the store does not know.
func CanvasSettings(a canvas.Assignment, now time.Time) change.CanvasSettings {
	settings := change.CanvasSettings{
		Active: acceptsSubmissions(a, now), Published: &a.Published, GroupGradedSeparately: &a.GradeGroupStudentsIndividually,
	}
	switch a.GradingType {
	case canvas.Points, canvas.Percent, canvas.LetterGrade, canvas.GPAScale, canvas.PassFail, canvas.NotGraded:
		settings.GradingType = new(db.GradingType(a.GradingType))
	}
	if a.PointsPossible != nil && *a.PointsPossible >= 0 {
		settings.PointsPossible = db.StorableNumber(a.PointsPossible)
	}
	settings.DueAt, settings.UnlockAt, settings.LockAt = nonZeroTime(a.DueAt), nonZeroTime(a.UnlockAt), nonZeroTime(a.LockAt)
	if 0 < a.Position && a.Position <= math.MaxInt32 {
		settings.Position = &a.Position
	}
	if a.GroupCategoryID > 0 {
		settings.GroupCategoryID = new(int64(a.GroupCategoryID))
	}
	return settings
}

// nonZeroTime returns a time in UTC, or nil for the zero time.
func nonZeroTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// acceptsSubmissions reports whether students can submit online now.
func acceptsSubmissions(a canvas.Assignment, now time.Time) bool {
	online := slices.ContainsFunc(a.SubmissionTypes, func(t string) bool { return strings.HasPrefix(t, "online_") })
	return a.Published && online && (a.LockAt.IsZero() || now.Before(a.LockAt))
}
