// Package assess turns a results bundle into a result of the store.
package assess

import (
	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/bundle"
)

// Judge returns a result that is done with what its results bundle says: outcome and steps,
// in the order of the recipe that it was processed with. Who handed in what is left open.
func Judge(results *bundle.Results, recipe *bundle.Recipe) *ingest.ResultItem {
	a := bundle.Assess(results, recipe)
	item := &ingest.ResultItem{Steps: StepsOf(&a)}
	item.Result.State = db.StateDone
	OutcomeOf(&a).Fill(&item.Result)
	return item
}

// Failed returns a result that is done and has no outcome, since it could not be processed.
// Why is for people.
func Failed(why string) *ingest.ResultItem {
	item := &ingest.ResultItem{}
	item.Result.State = db.StateDone
	Outcome{Accepted: new(false), HasError: new(true), Summary: &why}.Fill(&item.Result)
	return item
}

// StepsOf takes the steps from a bundle.
func StepsOf(a *bundle.Assessment) []*db.Step {
	var steps []*db.Step
	for position, tasks := range a.Steps {
		for task := range tasks {
			t := &tasks[task]
			steps = append(steps, &db.Step{
				Position: position, Task: task, TaskID: t.ID, StepID: t.StepID,
				Accepted: t.Accepted, HasError: &t.HasError, Secret: &t.Secret, Hidden: t.Hidden,
				Outcome: new(db.StepOutcome(t.Outcome)), Score: t.Score, MaxScore: t.MaxScore,
				Label: &t.Label, Summary: t.Summary, Details: t.Details,
			})
		}
	}
	return steps
}
