package demo_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/demo"
)

// TestBundles: every bundle is of its kind, holds each file that it names, and
// sizes and hashes are right.
func TestBundles(t *testing.T) {
	t.Parallel()
	d := read(t, standard())
	for _, l := range append(slices.Clone(d.assignments), d.results...) {
		for _, each := range []struct {
			path string
			kind bundle.Kind
		}{
			{l.Recipe, bundle.KindRecipe},
			{l.Config, bundle.KindConfig},
			{l.Product, bundle.KindProduct},
			{l.Results, bundle.KindResults},
			{l.Basic, bundle.KindResults},
		} {
			if each.path == "" {
				continue
			}
			b := d.open(t, each.path)
			if b.Kind() != each.kind {
				t.Errorf("%s is a %s, want a %s", each.path, b.Kind(), each.kind)
			}
			if err := b.Verify(t.Context()); err != nil {
				t.Errorf("%s: %v", each.path, err)
			}
			if got, want := len(b.Attachments()), len(b.Members())-1; got != want {
				t.Errorf("%s names %d files and holds %d", each.path, got, want)
			}
		}
	}
}

// TestAssessments: what results bundles say makes sense, and the full and the
// basic bundle say the same; with another seed than usual.
func TestAssessments(t *testing.T) {
	t.Parallel()
	d := read(t, maps.Collect(demo.Files(demo.Options{Seed: 7, Results: 250})))
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
			t.Errorf("%s says %v and %s says %v", l.Results, *scores[0], l.Basic, *scores[1])
		}
	}
	if smaller == 0 {
		t.Error("no basic bundle leaves out a file of the full one")
	}
}
