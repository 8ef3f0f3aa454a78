package importer

import (
	"cmp"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/bundle"
)

// An outcome is what became of a submission; nil is not said.
type outcome struct {
	accepted, hasError, secret *bool
	score, scoreReviewer       *float64
	label, summary             *string
}

func readOutcome(o *object) outcome {
	return outcome{
		accepted:      optional(o, "accepted", boolean),
		hasError:      optional(o, "has_error", boolean),
		secret:        optional(o, "secret", boolean),
		score:         optional(o, "score", number),
		scoreReviewer: optional(o, "score_reviewer", number),
		label:         optional(o, "label", text),
		summary:       optional(o, "summary", text),
	}
}

// outcomeOf takes an outcome from a bundle, as far as the bundle says it itself: the label
// and the default of the reviewer's score follow from the rest.
func outcomeOf(a *bundle.Assessment) outcome {
	out := outcome{
		accepted: &a.Accepted, hasError: &a.HasError, secret: &a.Secret,
		score: a.Score, scoreReviewer: a.ScoreReviewer, summary: a.Summary,
	}
	if a.ScoreReviewer == a.Score { // the same pointer: there is none of its own
		out.scoreReviewer = nil
	}
	return out
}

// or returns o, and for what it does not say what p does. Accepted and in error exclude
// each other, so saying one of them says that the other is not so.
func (o outcome) or(p outcome) outcome {
	if isTrue(o.accepted) {
		o.hasError = cmp.Or(o.hasError, new(false))
	}
	if isTrue(o.hasError) {
		o.accepted = cmp.Or(o.accepted, new(false))
	}
	return outcome{
		accepted: cmp.Or(o.accepted, p.accepted), hasError: cmp.Or(o.hasError, p.hasError), secret: cmp.Or(o.secret, p.secret),
		score: cmp.Or(o.score, p.score), scoreReviewer: cmp.Or(o.scoreReviewer, p.scoreReviewer),
		label: cmp.Or(o.label, p.label), summary: cmp.Or(o.summary, p.summary),
	}
}

// fill writes the outcome into a row whose state is known.
func (o outcome) fill(r *db.Result) {
	if o.accepted != nil {
		o.hasError = cmp.Or(o.hasError, new(false))
	}
	r.Accepted, r.HasError, r.Secret = o.accepted, o.hasError, o.secret
	r.Score, r.ScoreReviewer = o.score, cmp.Or(o.scoreReviewer, o.score)
	r.Label, r.Summary = cmp.Or(o.label, stateLabel(r)), o.summary
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
