package assess

import (
	"cmp"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/bundle"
)

// An Outcome is the outcome of a result; nil fields are unknown.
type Outcome struct {
	Accepted, HasError, Secret *bool
	Score, ScoreReviewer       *float64
	Label, Summary             *string
}

// BundleOutcome returns the outcome of an assessed bundle. It leaves out the label and a
// reviewer's score that equals the score, because Apply derives them.
func BundleOutcome(a *bundle.Assessment) Outcome {
	o := Outcome{
		Accepted: &a.Accepted, HasError: &a.HasError, Secret: &a.Secret,
		Score: db.StorableNumber(a.Score), ScoreReviewer: db.StorableNumber(a.ScoreReviewer), Summary: a.Summary,
	}
	if a.ScoreReviewer == a.Score { // the same pointer: the bundle has no score for reviewers
		o.ScoreReviewer = nil
	}
	return o
}

// Or returns o with its unknown fields taken from other. Accepted and HasError exclude each
// other: if one is true, the other is known to be false.
func (o Outcome) Or(other Outcome) Outcome {
	if isTrue(o.Accepted) {
		o.HasError = cmp.Or(o.HasError, new(false))
	}
	if isTrue(o.HasError) {
		o.Accepted = cmp.Or(o.Accepted, new(false))
	}
	return Outcome{
		Accepted: cmp.Or(o.Accepted, other.Accepted), HasError: cmp.Or(o.HasError, other.HasError), Secret: cmp.Or(o.Secret, other.Secret),
		Score: cmp.Or(o.Score, other.Score), ScoreReviewer: cmp.Or(o.ScoreReviewer, other.ScoreReviewer),
		Label: cmp.Or(o.Label, other.Label), Summary: cmp.Or(o.Summary, other.Summary),
	}
}

// Apply writes the outcome to a result whose state is set.
func (o Outcome) Apply(r *db.Result) {
	if o.Accepted != nil {
		o.HasError = cmp.Or(o.HasError, new(false))
	}
	r.Accepted, r.HasError, r.Secret = o.Accepted, o.HasError, o.Secret
	r.Score, r.ScoreReviewer = o.Score, cmp.Or(o.ScoreReviewer, o.Score)
	r.Label, r.Summary = cmp.Or(o.Label, stateLabel(r)), o.Summary
}

// stateLabel is the label of a result's state for reviewers (Momotor LTI manual). A done
// result without an outcome has none.
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
