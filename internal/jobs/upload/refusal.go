package upload

import (
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A refusal is the error of an upload that Canvas would not accept. Its text is for the caller
// who requested the upload.
type refusal struct{ message string }

// Error implements error.
func (r refusal) Error() string { return r.message }

// Unwrap makes a refusal a permanent error.
func (refusal) Unwrap() error { return jobs.ErrPermanent }

// uploadBlocker returns why Canvas accepts no grades for an assignment; "" if it accepts grades.
func uploadBlocker(a canvas.Assignment) string {
	switch {
	case a.WorkflowState == "deleted":
		return "The assignment was deleted in Canvas."
	case !a.Published:
		return "The assignment is not published in Canvas, which accepts grades for published assignments only."
	case a.GradingType == canvas.NotGraded:
		return "The assignment is not graded in Canvas."
	}
	return ""
}

// failureMessage tells a teacher why an upload failed.
func failureMessage(reason error) string {
	if r, ok := errors.AsType[refusal](reason); ok {
		return r.message
	}
	for _, c := range []struct {
		err     error
		message string
	}{
		{canvas.ErrNotFound, "The assignment, its course or its section is no longer in Canvas"},
		{canvas.ErrForbidden, "Canvas does not permit the upload"},
		{canvas.ErrUnauthorized, "Canvas does not accept the token of the account any more: an administrator must set a new one"},
		{canvas.ErrRejected, "Canvas refused the upload"},
		{canvas.ErrThrottled, "Canvas was too busy"},
		{canvas.ErrOutcomeUnknown, "Canvas did not answer when grades were sent"},
		{canvas.ErrUnreachable, "Canvas did not answer"},
		{accounts.ErrNotConfigured, "The Canvas of the account is not configured"},
	} {
		if errors.Is(reason, c.err) {
			return c.message + canvasReason(reason) + "."
		}
	}
	return "The upload failed on this server. See its log."
}

// canvasReason is the reason that Canvas gave for a refusal, in parentheses.
func canvasReason(err error) string {
	e, ok := errors.AsType[*canvas.Error](err)
	if !ok || e.Message == "" || !(errors.Is(e, canvas.ErrForbidden) || errors.Is(e, canvas.ErrRejected)) {
		return ""
	}
	return fmt.Sprintf(" (%s)", e.Message)
}
