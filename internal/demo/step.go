package demo

import (
	"fmt"
	"slices"
)

// step is a step of a recipe.
type step struct {
	id, label string
	does      duty
	tasks     []int   // how often it runs: none once, [3] as id.0 to id.2, [2 2] as id.0.0 to id.1.1
	points    float64 // what each task is worth
	secret    bool
	hidden    bool
}

// duty is what a step is for.
type duty int

const (
	guards   duty = iota // what comes after it is skipped when it fails
	tests                // gives points
	remarks              // gives points and is no reason to fail
	watches              // says something and decides nothing
	finishes             // decides
)

var (
	preflight  = step{id: "preflight", label: "Preflight", does: watches, hidden: true}
	files      = step{id: "check-files", label: "Check files", does: guards}
	compile    = step{id: "compile", label: "Compile", does: guards}
	proof      = step{id: "proof", label: "Check the proof", does: tests, points: 6}
	style      = step{id: "style", label: "Coding style", does: remarks, points: 1}
	memory     = step{id: "memory", label: "Memory check", does: remarks, points: 1}
	similarity = step{id: "similarity", label: "Similarity", does: watches, secret: true}
	final      = step{id: "finalize", label: "Result", does: finishes}
)

// runs is a step that runs n tests.
func runs(n int) step {
	return step{id: "run", label: "Test", does: tests, tasks: []int{n}, points: 1.5}
}

// grid is a step that runs m programs on n inputs each.
func grid(m, n int) step {
	return step{id: "cases", label: "Case", does: tests, tasks: []int{m, n}, points: 1.5}
}

// secrets is a step that runs n tests which students do not see.
func secrets(n int) step {
	return step{id: "secret", label: "Hidden test", does: tests, tasks: []int{n}, points: 1, secret: true}
}

func steps(list ...step) []step { return list }

// numbers lists what stands behind the step's id in the ids of its tasks.
func (s *step) numbers() []string {
	list := []string{""}
	for _, n := range s.tasks {
		var longer []string
		for _, prefix := range list {
			for i := range n {
				longer = append(longer, fmt.Sprintf("%s.%d", prefix, i))
			}
		}
		list = longer
	}
	return list
}

// cases name what tests try.
var cases = []string{"a typical case", "empty input", "one value", "duplicates", "negative numbers", "large input", "Unicode – é, 語"}

// title labels a task: the n-th of its step, from 0.
func (s *step) title(n int) string {
	switch {
	case s.tasks == nil:
		return s.label
	case s.secret:
		return fmt.Sprintf("%s %d", s.label, n+1)
	}
	return fmt.Sprintf("%s %d: %s", s.label, n+1, cases[n%len(cases)])
}

// needs lists the steps that wait for nothing else to fail before i may run.
func needs(list []step, i int) []string {
	var ids []string
	for _, s := range list[:i] {
		if s.does == guards || list[i].does == finishes {
			for _, number := range s.numbers() {
				ids = append(ids, s.id+number)
			}
		}
	}
	return slices.Clip(ids)
}
