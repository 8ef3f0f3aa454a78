package assess_test

import (
	"testing"

	"github.com/momotor/resultgraph/internal/assess"
	"github.com/momotor/resultgraph/internal/bundle"
)

// Scores of a bundle that the store does not hold are missing.
func TestScoresAreStorable(t *testing.T) {
	t.Parallel()
	a := &bundle.Assessment{
		Score: new(1e308), ScoreReviewer: new(-1e16),
		Steps: [][]bundle.TaskAssessment{{{ID: "run.0", Score: new(1e-200), MaxScore: new(1e308)}}},
	}
	if o := assess.BundleOutcome(a); o.Score != nil || o.ScoreReviewer != nil {
		t.Errorf("the outcome is %+v, want no scores", o)
	}
	if step := assess.Steps(a)[0]; step.Score == nil || *step.Score != 0 || step.MaxScore != nil {
		t.Errorf("the step is %+v, want the score 0 and no maximum", step)
	}
}
