package importer

import (
	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/bundle"
)

// Judge returns a result that is done with what its results bundle says: outcome and steps,
// in the order of the recipe that it was processed with. Who handed in what is left open.
func Judge(results *bundle.Results, recipe *bundle.Recipe) *ingest.ResultItem {
	a := bundle.Assess(results, recipe)
	item := &ingest.ResultItem{Steps: stepsOf(&a)}
	item.Result.State = db.StateDone
	outcomeOf(&a).fill(&item.Result)
	return item
}

// Failed returns a result that is done and has no outcome, since it could not be processed.
// Why is for people.
func Failed(why string) *ingest.ResultItem {
	item := &ingest.ResultItem{}
	item.Result.State = db.StateDone
	outcome{accepted: new(false), hasError: new(true), summary: &why}.fill(&item.Result)
	return item
}
