package bundle

import (
	"cmp"
	"slices"
	"strings"
)

// A step may run as several tasks. The id of a task is the id of its step and
// dotted numbers from 0, as run.1 or run.0.1; a step's own id may hold dots
// and numbers too ("Momotor recipes").

// stepTasks are the results of the tasks of one step.
type stepTasks struct {
	id    string
	tasks []*Result
}

// group sorts results into steps. Steps come in the recipe's order and then,
// for what it does not name or without any recipe, as they first appear; the
// tasks of a step by their numbers. Of several results of one task the first
// counts. Steps without a result are left out.
func group(results []Result, recipe *Recipe) []stepTasks {
	place := places(recipe)
	steps := make([]stepTasks, len(place), len(place)+len(results))
	seen := make(map[string]bool, len(results))
	for i := range results {
		r := &results[i]
		if seen[r.Step] {
			continue
		}
		seen[r.Step] = true
		id := stepOf(r.Step, place)
		n, ok := place[id]
		if !ok {
			n, place[id] = len(steps), len(steps)
			steps = append(steps, stepTasks{})
		}
		steps[n].id = id
		steps[n].tasks = append(steps[n].tasks, r)
	}
	steps = slices.DeleteFunc(steps, func(s stepTasks) bool { return len(s.tasks) == 0 })
	for _, s := range steps {
		slices.SortFunc(s.tasks, func(a, b *Result) int { return compareTasks(a.Step, b.Step) })
	}
	return steps
}

// places numbers the steps of a recipe, which may be nil.
func places(recipe *Recipe) map[string]int {
	place := map[string]int{}
	if recipe == nil {
		return place
	}
	for i := range recipe.Steps {
		if _, twice := place[recipe.Steps[i].ID]; !twice {
			place[recipe.Steps[i].ID] = len(place)
		}
	}
	return place
}

// stepOf returns the id of a task's step: the longest that is known, else what
// is left without the numbers.
func stepOf(task string, known map[string]int) string {
	step := task
	for {
		if _, ok := known[step]; ok {
			return step
		}
		dot := strings.LastIndexByte(step, '.')
		if dot <= 0 || !isNumber(step[dot+1:]) {
			return step
		}
		step = step[:dot]
	}
}

// compareTasks orders the tasks of one step by their numbers, which may have
// any length.
func compareTasks(a, b string) int {
	for a != b {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := compareParts(x, y); c != 0 {
			return c
		}
		if !moreA || !moreB {
			return cmp.Compare(len(a), len(b))
		}
		a, b = restA, restB
	}
	return 0
}

// compareParts orders numbers by value. Parts of a step's own id are equal
// among its tasks, so any order does for them.
func compareParts(x, y string) int {
	if isNumber(x) && isNumber(y) {
		m, n := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		return cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n), cmp.Compare(len(x), len(y)))
	}
	return strings.Compare(x, y)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
