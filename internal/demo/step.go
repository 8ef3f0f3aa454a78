package demo

import (
	"fmt"
	"slices"
)

// step is a step of a recipe.
type step struct {
	id, label string
	role      stepRole
	tasks     []int   // nil is one task named id; [3] is id.0 to id.2; [2 2] is id.0.0 to id.1.1
	points    float64 // of each task
	secret    bool
	hidden    bool
}

// stepRole is the purpose of a step.
type stepRole int

const (
	gate       stepRole = iota // a failure skips the steps after it
	test                       // has points
	styleCheck                 // has points, but never fails a planned failure
	notice                     // reports something without points
	finalize                   // decides the outcome
)

var (
	preflight    = step{id: "preflight", label: "Preflight", role: notice, hidden: true}
	checkFiles   = step{id: "check-files", label: "Check files", role: gate}
	compile      = step{id: "compile", label: "Compile", role: gate}
	proof        = step{id: "proof", label: "Check the proof", role: test, points: 6}
	style        = step{id: "style", label: "Coding style", role: styleCheck, points: 1}
	memory       = step{id: "memory", label: "Memory check", role: styleCheck, points: 1}
	similarity   = step{id: "similarity", label: "Similarity", role: notice, secret: true}
	finalizeStep = step{id: "finalize", label: "Result", role: finalize}
)

// testRuns returns a step that runs n tests.
func testRuns(n int) step {
	return step{id: "run", label: "Test", role: test, tasks: []int{n}, points: 1.5}
}

// testGrid returns a step that runs m programs on n inputs each.
func testGrid(m, n int) step {
	return step{id: "cases", label: "Case", role: test, tasks: []int{m, n}, points: 1.5}
}

// hiddenTests returns a step that runs n tests that are hidden from students.
func hiddenTests(n int) step {
	return step{id: "secret", label: "Hidden test", role: test, tasks: []int{n}, points: 1, secret: true}
}

func stepList(list ...step) []step { return list }

// taskSuffixes lists the suffixes of the step's id in the ids of its tasks.
func (s *step) taskSuffixes() []string {
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

// testCases are names of test cases.
var testCases = []string{"a typical case", "empty input", "one value", "duplicates", "negative numbers", "large input", "Unicode – é, 語"}

// taskLabel returns the label of a task by its index in the step.
func (s *step) taskLabel(index int) string {
	switch {
	case s.tasks == nil:
		return s.label
	case s.secret:
		return fmt.Sprintf("%s %d", s.label, index+1)
	}
	return fmt.Sprintf("%s %d: %s", s.label, index+1, testCases[index%len(testCases)])
}

// dependencies lists the tasks that step i depends on: those of the gates before
// it, or of all steps before finalize.
func dependencies(list []step, i int) []string {
	var ids []string
	for _, s := range list[:i] {
		if s.role == gate || list[i].role == finalize {
			for _, suffix := range s.taskSuffixes() {
				ids = append(ids, s.id+suffix)
			}
		}
	}
	return slices.Clip(ids)
}
