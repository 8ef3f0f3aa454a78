package graph

import (
	"cmp"
	"slices"

	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/fault"
)

// mostResults is how many results can be named at once.
const mostResults = 10_000

// checkEvaluation reports what of a choice of results is not valid.
func checkEvaluation(ev *change.Evaluation) error {
	message := ""
	switch {
	case ev == nil:
	case (ev.Scope == nil) == (ev.Results == nil):
		message = "Give exactly one of scope and results."
	case len(ev.Results) > mostResults:
		message = "These are too many results at once."
	}
	if message == "" {
		return nil
	}
	return &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"evaluate": {message}}}
}

// union returns the results that are in one of two sets, in the order of their ids.
func union(a, b []change.QueuedRun) []change.QueuedRun {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b change.QueuedRun) int { return cmp.Compare(a.ID, b.ID) })
	return slices.Compact(all)
}
