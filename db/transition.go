package db

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/momotor/resultgraph/db/query"
)

// A Transition counts how the outcomes of a task changed from one attempt to the next one of the same
// student or group. A task passes if it is accepted; skipped tasks do not count.
type Transition struct {
	// FromAttempt is the number of the earlier attempt.
	FromAttempt                                    int
	TaskID                                         string
	FailToPass, PassToFail, StayedPass, StayedFail int
}

// NewTransitions returns the analysis of assignments, whose parents have the keys of AssignmentResults. It
// compares each result that is done and meets the conditions with the next one. The transitions are in
// the order of the attempt and of the recipe. Those of fewer students than minStudents are left out.
func NewTransitions(conditions []query.Clause, minStudents int) query.Analysis[[]*Transition] {
	return query.Analysis[[]*Transition]{
		Path: "assignment.transitions", KeyWidth: AssignmentResults.KeyWidth,
		Select: func(sc query.Scope, parents query.Clause) query.Clause {
			sc = sc.WithRows()
			passed := query.SQL("CASE WHEN stp.outcome = 'skip' THEN NULL WHEN stp.accepted THEN '1' ELSE '0' END")
			return query.SQL("SELECT ?, res.user_id, res.attempt, ? FROM ?", query.ParentIndex, stepLines(sc, "TRUE", passed),
				resultsOf(&AssignmentResults, sc, parents, append(slices.Clone(conditions), isDone), "res.user_id, res.attempt, res.id"))
		},
		NewReader: func(parents int) query.AnalysisReader[[]*Transition] {
			return &transitionReader{minStudents: minStudents, values: make([][]*Transition, parents), table: newTransitionTable()}
		},
	}
}

// A transitionReader counts the transitions of each parent.
type transitionReader struct {
	minStudents int
	values      [][]*Transition
	table       *transitionTable
	parent      int
	rows        int64 // those of the parents before
}

// Add implements query.AnalysisReader.
func (r *transitionReader) Add(parent int, cells [][]byte) error {
	if parent != r.parent {
		r.endParent()
		r.parent = parent
	}
	attempt, err := query.ParseInt(cells[1])
	if err != nil {
		return err
	}
	return r.table.add(cells[0], int(attempt), cells[2])
}

func (r *transitionReader) endParent() {
	r.rows += r.table.tasks.rows
	r.values[r.parent], r.table = r.table.transitions(r.minStudents), newTransitionTable()
}

// Values implements query.AnalysisReader.
func (r *transitionReader) Values() [][]*Transition {
	if len(r.values) > 0 {
		r.endParent()
	}
	for i := range r.values {
		if r.values[i] == nil {
			r.values[i] = []*Transition{}
		}
	}
	return r.values
}

// RowsRead implements query.AnalysisReader.
func (r *transitionReader) RowsRead() int64 { return r.rows }

// A transitionTable counts the transitions of an assignment.
type transitionTable struct {
	tasks  taskTable
	counts map[transitionKey]*transitionCounts
	// user and attempt are those of the previous result, and previous and current the outcomes of the
	// previous and of the current one.
	user              []byte
	attempt           int
	previous, current []taskOutcome
}

type transitionKey struct{ fromAttempt, task int }

// transitionCounts are the numbers of transitions by whether the task passed before and after.
type transitionCounts [2][2]int

// A taskOutcome is the outcome of a task: its index, and 1 if it passed.
type taskOutcome struct{ task, passed int }

func newTransitionTable() *transitionTable {
	return &transitionTable{counts: map[transitionKey]*transitionCounts{}}
}

// add adds the next result. Lines is nil for a result without visible steps.
func (t *transitionTable) add(user []byte, attempt int, lines []byte) error {
	t.current = t.current[:0]
	if lines != nil {
		tasks, values, err := t.tasks.add(lines)
		if err != nil {
			return err
		}
		if err := parseNumbers(values[0], func(i int, v float64) {
			t.current = append(t.current, taskOutcome{tasks[i], int(v)})
		}); err != nil {
			return err
		}
	}
	if bytes.Equal(user, t.user) {
		t.count()
	}
	t.user, t.attempt = append(t.user[:0], user...), attempt
	t.previous, t.current = t.current, t.previous
	return nil
}

// count counts the transitions from the previous to the current result.
func (t *transitionTable) count() {
	before := make(map[int]int, len(t.previous))
	for _, o := range t.previous {
		before[o.task] = o.passed
	}
	for _, o := range t.current {
		passed, ok := before[o.task]
		if !ok {
			continue
		}
		key := transitionKey{t.attempt, o.task}
		if t.counts[key] == nil {
			t.counts[key] = &transitionCounts{}
		}
		t.counts[key][passed][o.passed]++
	}
}

// transitions returns the counts in order. A student has at most one transition of a task from an attempt.
func (t *transitionTable) transitions(minStudents int) []*Transition {
	place := make([]int, len(t.tasks.tasks))
	for i, task := range t.tasks.inRecipeOrder() {
		place[task] = i
	}
	keys := slices.SortedFunc(maps.Keys(t.counts), func(a, b transitionKey) int {
		return cmp.Or(cmp.Compare(a.fromAttempt, b.fromAttempt), cmp.Compare(place[a.task], place[b.task]))
	})
	out := []*Transition{}
	for _, k := range keys {
		c := t.counts[k]
		if c[0][0]+c[0][1]+c[1][0]+c[1][1] >= minStudents {
			out = append(out, &Transition{k.fromAttempt, t.tasks.tasks[k.task].id, c[0][1], c[1][0], c[1][1], c[0][0]})
		}
	}
	return out
}
