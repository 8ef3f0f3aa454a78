package graph

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/fault"
)

// maxResults is the number of results that one evaluation can name.
const maxResults = 10_000

// validateEvaluation rejects an evaluation that names too many results.
func validateEvaluation(ev *change.Evaluation) error {
	if ev == nil || len(ev.Results) <= maxResults {
		return nil
	}
	message := fmt.Sprintf("Name at most %d results.", maxResults)
	return &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"evaluate": {message}}}
}

// union returns the results that are in one of two sets, in the order of their ids.
func union(a, b []change.QueuedRun) []change.QueuedRun {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b change.QueuedRun) int { return cmp.Compare(a.ID, b.ID) })
	return slices.Compact(all)
}
