package upload

import (
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A refusal is why an upload can not go on, in words for those who asked for it.
type refusal struct{ text string }

// Error implements error.
func (r refusal) Error() string { return r.text }

// Unwrap says that there is no point in trying again.
func (refusal) Unwrap() error { return jobs.ErrPointless }

// untakable says why Canvas would take no grade for an assignment; "" is that it would.
func untakable(a canvas.Assignment) string {
	switch {
	case a.WorkflowState == "deleted":
		return "The assignment was deleted in Canvas."
	case !a.Published:
		return "The assignment is not published in Canvas, which takes grades for published ones only."
	case a.GradingType == canvas.NotGraded:
		return "The assignment is not graded in Canvas."
	}
	return ""
}

// inWords says to a teacher why an upload was given up.
func inWords(reason error) string {
	if r, ok := errors.AsType[refusal](reason); ok {
		return r.text
	}
	for _, w := range []struct {
		kind error
		text string
	}{
		{canvas.ErrNotFound, "Canvas does not have the assignment, or its course or section, any more"},
		{canvas.ErrForbidden, "Canvas does not permit it"},
		{canvas.ErrUnauthorized, "Canvas accepts the token of the account no longer: an administrator has to set a new one"},
		{canvas.ErrRejected, "Canvas refused it"},
		{canvas.ErrThrottled, "Canvas was too busy"},
		{canvas.ErrOutcomeUnknown, "Canvas did not answer when grades were sent"},
		{canvas.ErrUnreachable, "Canvas did not answer"},
		{jobs.ErrPointless, "The account's Canvas is not set up"},
	} {
		if errors.Is(reason, w.kind) {
			return w.text + said(reason) + "."
		}
	}
	return "It went wrong on this server, whose log says why."
}

// said is what Canvas itself gave as a reason.
func said(reason error) string {
	e, ok := errors.AsType[*canvas.Error](reason)
	if !ok || e.Message == "" || !(errors.Is(e, canvas.ErrForbidden) || errors.Is(e, canvas.ErrRejected)) {
		return ""
	}
	return fmt.Sprintf(" (%s)", e.Message)
}
