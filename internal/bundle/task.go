package bundle

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A step may run as several tasks. The id of a task is the id of its step,
// followed by dotted numbers from 0, for example run.1 or run.0.1. The id of a
// step may contain dots and numbers too ("Momotor recipes").

// stepTasks holds the results of the tasks of one step.
type stepTasks struct {
	id    string
	tasks []*Result
}

// groupTasks groups results by step, in the order that Assess documents.
func groupTasks(results []Result, recipe *Recipe) []stepTasks {
	positions := stepPositions(recipe)
	steps := make([]stepTasks, len(positions), len(positions)+len(results))
	seen := make(map[string]bool, len(results))
	for i := range results {
		r := &results[i]
		if seen[r.TaskID] {
			continue
		}
		seen[r.TaskID] = true
		id := stepID(r.TaskID, positions)
		position, ok := positions[id]
		if !ok {
			position, positions[id] = len(steps), len(steps)
			steps = append(steps, stepTasks{})
		}
		steps[position].id = id
		steps[position].tasks = append(steps[position].tasks, r)
	}
	steps = slices.DeleteFunc(steps, func(s stepTasks) bool { return len(s.tasks) == 0 })
	for _, s := range steps {
		slices.SortFunc(s.tasks, func(a, b *Result) int { return compareTaskIDs(a.TaskID, b.TaskID) })
	}
	return steps
}

// stepPositions maps the step ids of a recipe, which may be nil, to their
// positions.
func stepPositions(recipe *Recipe) map[string]int {
	positions := map[string]int{}
	if recipe == nil {
		return positions
	}
	for i := range recipe.Steps {
		if _, duplicate := positions[recipe.Steps[i].ID]; !duplicate {
			positions[recipe.Steps[i].ID] = len(positions)
		}
	}
	return positions
}

// StepID returns the id of a task's step where no recipe names it: the task id without its
// trailing numbers.
func StepID(taskID string) string { return stepID(taskID, nil) }

// stepID returns the id of a task's step: the longest id in positions, else the
// task id without its trailing numbers.
func stepID(taskID string, positions map[string]int) string {
	id := taskID
	for {
		if _, ok := positions[id]; ok {
			return id
		}
		dot := strings.LastIndexByte(id, '.')
		if dot <= 0 || !isDigits(id[dot+1:]) {
			return id
		}
		id = id[:dot]
	}
}

// TaskNumbers returns the numbers that a task id has after the id of its step: none for the
// only task of a plain step. ok is false when the task is not one of the step.
func TaskNumbers(stepID, taskID string) (numbers []int, ok bool) {
	rest, ok := strings.CutPrefix(taskID, stepID)
	if rest == "" {
		return []int{}, ok
	}
	if !ok || rest[0] != '.' {
		return []int{}, false
	}
	for part := range strings.SplitSeq(rest[1:], ".") {
		n, err := strconv.ParseInt(part, 10, 32)
		if err != nil || !isDigits(part) {
			return []int{}, false
		}
		numbers = append(numbers, int(n))
	}
	return numbers, true
}

// compareTaskIDs orders the tasks of one step by their numbers, which may have
// any number of digits.
func compareTaskIDs(taskA, taskB string) int {
	for taskA != taskB {
		partA, restA, moreA := strings.Cut(taskA, ".")
		partB, restB, moreB := strings.Cut(taskB, ".")
		if c := compareIDParts(partA, partB); c != 0 {
			return c
		}
		if !moreA || !moreB {
			return cmp.Compare(len(taskA), len(taskB))
		}
		taskA, taskB = restA, restB
	}
	return 0
}

// compareIDParts orders numbers by value. Parts of the step id are equal among
// its tasks, so their order does not matter.
func compareIDParts(a, b string) int {
	if isDigits(a) && isDigits(b) {
		digitsA, digitsB := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(digitsA), len(digitsB)), strings.Compare(digitsA, digitsB), cmp.Compare(len(a), len(b)))
	}
	return strings.Compare(a, b)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
