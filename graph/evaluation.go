package graph

import (
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

// mostResults is how many results can be named at once.
const mostResults = 10_000

// checkEvaluation reports what of a choice of results is not valid.
func checkEvaluation(ev *db.Evaluation) error {
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

// union returns what is in one of two sets of ids, in ascending order.
func union(a, b []int64) []int64 {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
