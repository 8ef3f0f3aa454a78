package ingest

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// A resultCount is a change of the numbers of results of an assignment.
type resultCount struct {
	bun.BaseModel `bun:"table:result_count,alias:cnt"`

	CourseID     int64 `bun:"course_id,pk"`
	AssignmentID int64 `bun:"assignment_id,pk"`
	Total        int   `bun:"total"`
	Latest       int   `bun:"latest"`
}

// A taskCount is a change of the number of latest results of an assignment that have a task.
type taskCount struct {
	bun.BaseModel `bun:"table:task_count,alias:cnt"`

	CourseID     int64  `bun:"course_id,pk"`
	AssignmentID int64  `bun:"assignment_id,pk"`
	Position     int    `bun:"position,pk"`
	Task         int    `bun:"task,pk"`
	TaskID       string `bun:"task_id,pk"`
	Latest       int    `bun:"latest"`
}

// resultCounts are the changes of the counts that a transaction makes.
type resultCounts struct {
	results map[db.AssignmentKey]*resultCount
	tasks   map[taskCount]int // by a taskCount whose Latest is 0
}

func newResultCounts() *resultCounts {
	return &resultCounts{results: map[db.AssignmentKey]*resultCount{}, tasks: map[taskCount]int{}}
}

// count changes the counts of the assignments. It must run before the changed results and their steps
// are written, and before they have ids.
func (w *resultWriter) count(ctx context.Context, changed []*ResultItem) error {
	counts := newResultCounts()
	replaced := map[query.Key]bool{} // the stored results that change
	for _, item := range changed {
		r := &item.Result
		if r.MomotorID == 0 {
			counts.of(r).Total++
		} else {
			replaced[query.Key{r.CourseID, r.MomotorID}] = true
		}
		if r.IsLatest {
			counts.add(r, item.Steps)
		}
	}
	if err := w.subtract(ctx, counts, replaced); err != nil {
		return err
	}
	return counts.save(ctx, w.tx)
}

// add adds a latest result and its tasks.
func (c *resultCounts) add(r *db.Result, steps []*db.Step) {
	c.of(r).Latest++
	for _, s := range steps {
		c.tasks[taskCount{CourseID: r.CourseID, AssignmentID: r.AssignmentID, Position: s.Position, Task: s.Task, TaskID: s.TaskID}]++
	}
}

// subtract subtracts the stored latest results that are replaced or are no longer the latest.
func (w *resultWriter) subtract(ctx context.Context, counts *resultCounts, replaced map[query.Key]bool) error {
	var ids []query.Clause
	for k, rows := range w.before {
		for _, r := range rows {
			if r.IsLatest && (r.Attempt != w.latest[k] || replaced[query.Key{r.CourseID, r.MomotorID}]) {
				counts.of(r).Latest--
				ids = append(ids, query.SQL("(?, ?)", r.CourseID, r.MomotorID))
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var tasks []taskCount
	err := w.tx.NewSelect().TableExpr("result AS res").Join("JOIN step AS stp ON stp.course_id = res.course_id AND stp.result_id = res.id").
		ColumnExpr("res.course_id, res.assignment_id, stp.position, stp.task, stp.task_id, count(*) AS latest").
		Where("(res.course_id, res.id) IN (?)", query.List(ids)).
		GroupExpr("res.course_id, res.assignment_id, stp.position, stp.task, stp.task_id").Scan(ctx, &tasks)
	for _, t := range tasks {
		n := t.Latest
		t.Latest = 0
		counts.tasks[t] -= n
	}
	return err
}

// of returns the counts of the assignment of a result.
func (c *resultCounts) of(r *db.Result) *resultCount {
	k := db.AssignmentKey{CourseID: r.CourseID, ID: r.AssignmentID}
	if c.results[k] == nil {
		c.results[k] = &resultCount{CourseID: k.CourseID, AssignmentID: k.ID}
	}
	return c.results[k]
}

// save adds the changes to the stored counts.
func (c *resultCounts) save(ctx context.Context, tx bun.Tx) error {
	var results []*resultCount
	for _, r := range c.results {
		if r.Total != 0 || r.Latest != 0 {
			results = append(results, r)
		}
	}
	var tasks []*taskCount
	for k, n := range c.tasks {
		if n != 0 {
			k.Latest = n
			tasks = append(tasks, &k)
		}
	}
	err := addCounts(ctx, tx, results, "course_id, assignment_id", "total = cnt.total + excluded.total, latest = cnt.latest + excluded.latest")
	if err != nil {
		return err
	}
	return addCounts(ctx, tx, tasks, "course_id, assignment_id, position, task, task_id", "latest = cnt.latest + excluded.latest")
}

// addCounts inserts rows, or changes the existing rows with the same key columns.
func addCounts[T any](ctx context.Context, tx bun.Tx, rows []*T, key, set string) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Returning("NULL").On("CONFLICT (?) DO UPDATE", bun.Safe(key)).Set(set).Exec(ctx)
	return err
}
