package assess

import (
	"cmp"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/bundle"
)

// An Outcome is what became of a submission; nil is not said.
type Outcome struct {
	Accepted, HasError, Secret *bool
	Score, ScoreReviewer       *float64
	Label, Summary             *string
}

// OutcomeOf takes an outcome from a bundle, as far as the bundle says it itself: the label
// and the default of the reviewer's score follow from the rest.
func OutcomeOf(a *bundle.Assessment) Outcome {
	out := Outcome{
		Accepted: &a.Accepted, HasError: &a.HasError, Secret: &a.Secret,
		Score: a.Score, ScoreReviewer: a.ScoreReviewer, Summary: a.Summary,
	}
	if a.ScoreReviewer == a.Score { // the same pointer: there is none of its own
		out.ScoreReviewer = nil
	}
	return out
}

// Or returns o, and for what it does not say what p does. Accepted and in error exclude
// each other, so saying one of them says that the other is not so.
func (o Outcome) Or(p Outcome) Outcome {
	if isTrue(o.Accepted) {
		o.HasError = cmp.Or(o.HasError, new(false))
	}
	if isTrue(o.HasError) {
		o.Accepted = cmp.Or(o.Accepted, new(false))
	}
	return Outcome{
		Accepted: cmp.Or(o.Accepted, p.Accepted), HasError: cmp.Or(o.HasError, p.HasError), Secret: cmp.Or(o.Secret, p.Secret),
		Score: cmp.Or(o.Score, p.Score), ScoreReviewer: cmp.Or(o.ScoreReviewer, p.ScoreReviewer),
		Label: cmp.Or(o.Label, p.Label), Summary: cmp.Or(o.Summary, p.Summary),
	}
}

// Fill writes the outcome into a row whose state is known.
func (o Outcome) Fill(r *db.Result) {
	if o.Accepted != nil {
		o.HasError = cmp.Or(o.HasError, new(false))
	}
	r.Accepted, r.HasError, r.Secret = o.Accepted, o.HasError, o.Secret
	r.Score, r.ScoreReviewer = o.Score, cmp.Or(o.ScoreReviewer, o.Score)
	r.Label, r.Summary = cmp.Or(o.Label, stateLabel(r)), o.Summary
}

// stateLabel names the state of a result as a reviewer reads it (Momotor LTI manual). That
// of a result that is done with an unknown outcome has no name.
func stateLabel(r *db.Result) *string {
	switch {
	case r.State == db.StatePaused:
		return new("Paused")
	case r.State == db.StateQueued:
		return new("Queued")
	case r.State == db.StateProcessing:
		return new("Processing")
	case isTrue(r.HasError):
		return new("Recipe error")
	case isTrue(r.Accepted):
		return new("Accepted")
	case r.Accepted != nil:
		return new("Rejected")
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }
