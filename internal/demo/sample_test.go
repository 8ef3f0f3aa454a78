package demo_test

import (
	"testing"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/demo"
)

// The sample that the documentation uses exists.
func TestSample(t *testing.T) {
	t.Parallel()
	d := decode(t, defaultFiles())
	if d.accounts[0].ID != demo.SampleAccount {
		t.Errorf("the first account is %d, want %d", d.accounts[0].ID, demo.SampleAccount)
	}
	var accepted []bool
	for _, l := range d.results {
		if l.Account != d.accounts[0].CanvasGUID || l.Course != demo.SampleCourse || l.Assignment != demo.SampleAssignment || l.User != demo.SampleUser {
			continue
		}
		if l.Product == "" || l.Basic == "" || l.Results == "" || l.Gone != nil {
			t.Errorf("attempt %d has the bundles %q, %q, %q, want three", l.Attempt, l.Product, l.Basic, l.Results)
			continue
		}
		b := d.open(t, l.Results)
		if _, _, err := b.Open("result/run.0/out.txt"); err != nil {
			t.Errorf("attempt %d has no output of its first test: %v", l.Attempt, err)
		}
		accepted = append(accepted, bundle.Assess(b.Results(), nil).Accepted)
	}
	if len(accepted) != 2 || accepted[0] || !accepted[1] {
		t.Errorf("the attempts of the sample have accepted: %v, want [false true]", accepted)
	}
}
