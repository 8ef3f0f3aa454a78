// Package assess turns a results bundle into a result of the store.
package assess

import (
	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/bundle"
)

// Result returns a done result with the outcome and the steps of a results bundle, in the
// order of the recipe. It has no user and no attempt.
func Result(results *bundle.Results, recipe *bundle.Recipe) *ingest.ResultItem {
	a := bundle.Assess(results, recipe)
	item := &ingest.ResultItem{Steps: Steps(&a)}
	item.Result.State = db.StateDone
	BundleOutcome(&a).Apply(&item.Result)
	return item
}

// Failed returns a done result that could not be processed. The summary gives the reason, for users.
func Failed(summary string) *ingest.ResultItem {
	item := &ingest.ResultItem{}
	item.Result.State = db.StateDone
	Outcome{Accepted: new(false), HasError: new(true), Summary: &summary}.Apply(&item.Result)
	return item
}

// Steps returns the steps of an assessed bundle.
func Steps(a *bundle.Assessment) []*db.Step {
	var steps []*db.Step
	for position, tasks := range a.Steps {
		for task := range tasks {
			t := &tasks[task]
			steps = append(steps, &db.Step{
				Position: position, Task: task, TaskID: t.ID, StepID: t.StepID,
				Accepted: t.Accepted, HasError: &t.HasError, Secret: &t.Secret, Hidden: t.Hidden,
				Outcome: new(db.StepOutcome(t.Outcome)), Score: db.StorableNumber(t.Score), MaxScore: db.StorableNumber(t.MaxScore),
				Label: &t.Label, Summary: t.Summary, Details: t.Details,
			})
		}
	}
	return steps
}
