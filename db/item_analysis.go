package db

import (
	"bytes"
	"math"
	"slices"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/stats"
)

// An ItemAnalysis is the item analysis of the results of an assignment. The items are the scored tasks,
// in recipe order, without the step that decides the outcome of the result.
type ItemAnalysis struct {
	stats.ItemAnalysis
	Items []ItemStats
	// DependentObservations is set if several results of a student can be among the results.
	DependentObservations bool
	// tasks are the ids of all items, and failures their sets of results.
	tasks       []string
	failures    []stats.Failures
	results     resultStudents
	minStudents int
}

// An ItemStats has the figures of a task.
type ItemStats struct {
	TaskID string
	stats.Item
}

// A CoFailure counts the results that failed two tasks. The first task is earlier in the recipe.
type CoFailure struct {
	TaskID, OtherTaskID string
	// Results is the number of results that ran both tasks. Of these, BothFailed failed both, Failed the
	// first and OtherFailed the second.
	Results, BothFailed, Failed, OtherFailed int
}

// MaxCoFailures is the maximum number of pairs that CoFailures returns.
const MaxCoFailures = 1000

// CoFailures returns the first pairs of items that the most results failed together.
func (a *ItemAnalysis) CoFailures(first int) ([]CoFailure, error) {
	if first < 0 || first > MaxCoFailures {
		return nil, fault.New(fault.BadInput, "“first” of coFailures must be a number from 0 to 1000.")
	}
	atMost := first
	if a.minStudents > 0 {
		atMost = len(a.failures) * len(a.failures) // pairs of few students must not take the place of others
	}
	out := []CoFailure{}
	for _, p := range stats.CoFailures(a.failures, atMost) {
		if len(out) < first && a.isVisible(p) {
			out = append(out, CoFailure{a.tasks[p.First], a.tasks[p.Second], p.Ran, p.Both, p.FirstFailed, p.SecondFailed})
		}
	}
	return out, nil
}

// isVisible reports whether enough students ran both tasks of a pair.
func (a *ItemAnalysis) isVisible(p stats.CoFailure) bool {
	return a.minStudents == 0 || a.results.count(func(row int) bool {
		return a.failures[p.First].Ran.Has(row) && a.failures[p.Second].Ran.Has(row)
	}) >= a.minStudents
}

// ItemAnalysisOptions say what an item analysis is computed from.
type ItemAnalysisOptions struct {
	// Results are the conditions for results.
	Results []query.Clause
	// ResultScore makes the score of a result the criterion, in place of the sum of the scores of its
	// items. Results without a score are left out.
	ResultScore bool
	// LeaveOutSkipped leaves out skipped items; otherwise they have the score 0.
	LeaveOutSkipped bool
	// DependentObservations is set if Results can select several results of a student.
	DependentObservations bool
	// CoFailures must be set for ItemAnalysis.CoFailures.
	CoFailures bool
	// MinStudents is the minimum number of students that figures may be about. If there are fewer, the
	// analysis is nil. Items and pairs of items that fewer ran are left out.
	MinStudents int
}

// finalizeStepID is the id of the step that decides the outcome of a result.
const finalizeStepID = "finalize"

// NewItemAnalysis returns the analysis of assignments, whose parents have the keys of AssignmentResults. It
// uses the results that are done and have visible steps.
func NewItemAnalysis(o ItemAnalysisOptions) query.Analysis[*ItemAnalysis] {
	return query.Analysis[*ItemAnalysis]{
		Path: "assignment.itemAnalysis", KeyWidth: AssignmentResults.KeyWidth,
		Select: func(sc query.Scope, parents query.Clause) query.Clause {
			sc = sc.WithRows()
			values := []query.Clause{
				query.SQL("CASE WHEN stp.outcome = 'skip' THEN NULL ELSE ? END", numberText("stp.score")), numberText("stp.max_score"),
			}
			if o.CoFailures {
				values = append(values, query.SQL("CASE WHEN stp.outcome = 'skip' THEN NULL WHEN stp.accepted THEN '0' ELSE '1' END"))
			}
			return query.SQL("SELECT ?, res.user_id, ?, ? FROM ?", query.ParentIndex, resultColumn("score", sc),
				stepLines(sc, "stp.step_id <> '"+finalizeStepID+"'", values...),
				resultsOf(&AssignmentResults, sc, parents, append(slices.Clone(o.Results), isDone), ""))
		},
		NewReader: func(parents int) query.AnalysisReader[*ItemAnalysis] {
			return &itemReader{options: o, values: make([]*ItemAnalysis, parents), ended: make([]bool, parents), table: &itemTable{}}
		},
	}
}

// An itemReader computes the item analysis of each parent when the rows of the next one begin.
type itemReader struct {
	options ItemAnalysisOptions
	values  []*ItemAnalysis
	ended   []bool // whether the value of a parent is computed
	// table has the marks of the current parent.
	table  *itemTable
	parent int
	rows   int64 // those of the parents before
}

// Add implements query.AnalysisReader.
func (r *itemReader) Add(parent int, cells [][]byte) error {
	if parent != r.parent {
		r.endParent()
		r.parent = parent
	}
	student, score, lines := cells[0], cells[1], cells[2]
	if lines == nil || r.options.ResultScore && score == nil {
		return nil
	}
	return r.table.add(student, score, lines)
}

func (r *itemReader) endParent() {
	r.values[r.parent], r.ended[r.parent] = r.table.analyze(r.options), true
	r.rows += r.table.tasks.rows
	r.table = &itemTable{}
}

// Values implements query.AnalysisReader.
func (r *itemReader) Values() []*ItemAnalysis {
	if len(r.values) > 0 {
		r.endParent()
	}
	for i, ended := range r.ended {
		if !ended { // there were no rows
			r.values[i] = (&itemTable{}).analyze(r.options)
		}
	}
	return r.values
}

// RowsRead implements query.AnalysisReader.
func (r *itemReader) RowsRead() int64 { return r.rows }

// An itemTable has the marks of all results of an assignment.
type itemTable struct {
	tasks    taskTable
	students resultStudents
	scores   []float64 // of the results; NaN for none
	// items are the columns of the tasks, by the indexes of tasks.
	items []itemColumn
	// maxima is the line of the maximum scores of the previous result.
	maxima []byte
}

// An itemColumn has the values of a task in the results, up to the last one that has the task.
type itemColumn struct {
	marks       []float64 // NaN if there is none
	max         float64   // NaN before the first one
	maxDiffers  bool
	scored      bool
	ran, failed []int
}

// add adds a result.
func (t *itemTable) add(student, score, lines []byte) error {
	if err := t.students.add(student); err != nil {
		return err
	}
	tasks, values, err := t.tasks.add(lines)
	if err != nil {
		return err
	}
	row, total := len(t.scores), math.NaN()
	if err := parseNumbers(score, func(_ int, v float64) { total = v }); err != nil {
		return err
	}
	t.scores = append(t.scores, total)
	for len(t.items) < len(t.tasks.tasks) {
		t.items = append(t.items, itemColumn{max: math.NaN()})
	}
	column := func(i int) *itemColumn { return &t.items[tasks[i]] }
	if err := parseNumbers(values[0], func(i int, v float64) { column(i).setMark(row, v) }); err != nil {
		return err
	}
	if !t.tasks.same || !bytes.Equal(values[1], t.maxima) {
		t.maxima = append(t.maxima[:0], values[1]...)
		if err := parseNumbers(values[1], func(i int, v float64) { column(i).setMax(v) }); err != nil {
			return err
		}
	}
	if len(values) < 3 {
		return nil
	}
	return parseNumbers(values[2], func(i int, v float64) { column(i).setFailed(row, v == 1) })
}

func (c *itemColumn) setMark(row int, v float64) {
	c.pad(row)
	c.marks, c.scored = append(c.marks, v), true
}

// pad adds results without a mark, up to a number of results.
func (c *itemColumn) pad(rows int) {
	for len(c.marks) < rows {
		c.marks = append(c.marks, math.NaN())
	}
}

func (c *itemColumn) setMax(v float64) {
	c.maxDiffers = c.maxDiffers || !math.IsNaN(c.max) && c.max != v
	c.max = v
}

func (c *itemColumn) setFailed(row int, failed bool) {
	c.ran = append(c.ran, row)
	if failed {
		c.failed = append(c.failed, row)
	}
}

// maximum returns the maximum mark, NaN if it is unknown or differs between results.
func (c *itemColumn) maximum() float64 {
	if c.maxDiffers {
		return math.NaN()
	}
	return c.max
}

// failures returns the sets of results.
func (c *itemColumn) failures(rows int) stats.Failures {
	f := stats.Failures{Ran: stats.NewBitSet(rows), Failed: stats.NewBitSet(rows)}
	for _, row := range c.ran {
		f.Ran.Add(row)
	}
	for _, row := range c.failed {
		f.Failed.Add(row)
	}
	return f
}

// analyze returns the item analysis of the results, nil if it is about too few students.
func (t *itemTable) analyze(o ItemAnalysisOptions) *ItemAnalysis {
	var shown []bool // whether enough students ran an item
	a := &ItemAnalysis{DependentObservations: o.DependentObservations, Items: []ItemStats{}, results: t.students, minStudents: o.MinStudents}
	marks := stats.Marks{Totals: t.totals(o)}
	for _, i := range t.tasks.inRecipeOrder() {
		column := &t.items[i]
		if !column.scored {
			continue
		}
		column.pad(len(t.scores))
		marks.Items, marks.Max = append(marks.Items, column.marks), append(marks.Max, column.maximum())
		a.tasks = append(a.tasks, t.tasks.tasks[i].id)
		shown = append(shown, o.MinStudents == 0 || t.students.count(func(row int) bool { return !math.IsNaN(column.marks[row]) }) >= o.MinStudents)
		if o.CoFailures {
			a.failures = append(a.failures, column.failures(len(t.scores)))
		}
	}
	if o.MinStudents > 0 && t.fewestStudents(marks.Items, o.LeaveOutSkipped) < o.MinStudents {
		return nil
	}
	a.ItemAnalysis = stats.Analyze(marks, stats.Skipped(o.LeaveOutSkipped))
	for i, item := range a.ItemAnalysis.Items {
		if shown[i] {
			a.Items = append(a.Items, ItemStats{a.tasks[i], item})
		}
	}
	return a
}

// fewestStudents returns the smallest number of students that a figure is about: of all results or, if
// skipped items are left out, of those with all items, which are also among those of each item.
func (t *itemTable) fewestStudents(items [][]float64, leaveOutSkipped bool) int {
	return t.students.count(func(row int) bool {
		return !leaveOutSkipped || !slices.ContainsFunc(items, func(marks []float64) bool { return math.IsNaN(marks[row]) })
	})
}

// totals returns the criterion of each result, nil for the sum of its marks.
func (t *itemTable) totals(o ItemAnalysisOptions) []float64 {
	if !o.ResultScore {
		return nil
	}
	return t.scores
}
