package demo_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/demo"
)

// Every bundle has the right kind and holds each file that it names, with the
// right size and hash.
func TestBundles(t *testing.T) {
	t.Parallel()
	d := decode(t, defaultFiles())
	for _, l := range append(slices.Clone(d.assignments), d.results...) {
		for _, tt := range []struct {
			path string
			kind bundle.Kind
		}{
			{l.Recipe, bundle.KindRecipe},
			{l.Config, bundle.KindConfig},
			{l.Product, bundle.KindProduct},
			{l.Results, bundle.KindResults},
			{l.Basic, bundle.KindResults},
		} {
			if tt.path == "" {
				continue
			}
			b := d.open(t, tt.path)
			if b.Kind() != tt.kind {
				t.Errorf("%s is a %s, want a %s", tt.path, b.Kind(), tt.kind)
			}
			if err := b.Verify(t.Context()); err != nil {
				t.Errorf("%s: %v", tt.path, err)
			}
			if got, want := len(b.Attachments()), len(b.Members())-1; got != want {
				t.Errorf("%s names %d files and holds %d", tt.path, got, want)
			}
		}
	}
}

// The results in bundles are consistent, and the full and the basic bundle of a
// submission give the same scores. The seed differs from the default.
func TestAssessments(t *testing.T) {
	t.Parallel()
	d := decode(t, maps.Collect(demo.Files(demo.Options{Seed: 7, Results: 250})))
	recipes := map[[2]int64]*bundle.Recipe{}
	for _, l := range d.assignments {
		if l.Recipe != "" {
			b := d.open(t, l.Recipe)
			recipes[[2]int64{l.Course, l.CanvasID}] = b.Recipe()
		}
	}
	smaller := 0
	for _, l := range d.results {
		var scores []*float64
		var files []int
		for _, p := range []string{l.Results, l.Basic} {
			if p == "" {
				continue
			}
			b := d.open(t, p)
			a := bundle.Assess(b.Results(), recipes[[2]int64{l.Course, l.Assignment}])
			checkSteps(t, p, len(a.Steps), len(b.Results().Results), a.HasError)
			if (a.Score == nil) != a.HasError || !a.HasError && *a.ScoreReviewer < *a.Score {
				t.Errorf("%s: scores %v and %v with has_error %v", p, a.Score, a.ScoreReviewer, a.HasError)
			}
			scores, files = append(scores, a.Score), append(files, len(b.Attachments()))
		}
		if len(files) == 2 && files[1] < files[0] {
			smaller++
		}
		if len(scores) == 2 && scores[0] != nil && *scores[0] != *scores[1] {
			t.Errorf("%s has the score %v, but %s has %v", l.Results, *scores[0], l.Basic, *scores[1])
		}
	}
	if smaller == 0 {
		t.Error("no basic bundle omits a file of the full bundle")
	}
}
