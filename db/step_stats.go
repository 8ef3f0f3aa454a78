package db

import (
	"slices"
	"strings"

	"github.com/momotor/resultgraph/db/query"
)

// StepStats are the figures about one task of the results of an assignment. Fields are set only if they
// were requested.
type StepStats struct {
	query.RowMeta

	CourseID     int64 `bun:"course_id,pk"`
	AssignmentID int64 `bun:"assignment_id"`

	TaskID, StepID                                   string
	Revision                                         *int
	Count, Students, Passed, Failed, Skipped, Errors *int64
	PassRate, Facility                               *float64
	Score                                            NumberStats
	FailedFirst, FacilityCount, StudentsPassed       *int64
	MedianAttemptsUntilPass                          *float64
}

func (*StepStats) PrimaryKey() []string   { return []string{"course_id"} }
func (*StepStats) OrderColumns() []string { return nil }

func (*StepStats) ColumnExpr(string, query.Scope, bool) query.Clause { return query.Clause{} }

// stepOutcome is the SQL of the outcome of a task.
const stepOutcome = `coalesce(stp.outcome, CASE WHEN stp.has_error THEN 'error' WHEN stp.accepted THEN 'pass' ELSE 'fail' END)`

// stepStatsSQL has the SQL of the figures about tasks, by the name of the field, as far as they need no
// columns of other results.
var stepStatsSQL = map[string]string{
	"assignment_id": "min(src.assignment_id)", "taskId": "src.task_id", "stepId": "min(src.step_id)",
	"count":   "count(src.outcome)",
	"passed":  "count(*) FILTER (WHERE src.outcome = 'pass')",
	"failed":  "count(*) FILTER (WHERE src.outcome = 'fail')",
	"skipped": "count(*) FILTER (WHERE src.outcome = 'skip')",
	"errors":  "count(*) FILTER (WHERE src.outcome = 'error')",
	"passRate": `CAST(count(*) FILTER (WHERE src.outcome = 'pass') AS double precision)
		/ nullif(count(*) FILTER (WHERE src.outcome <> 'skip'), 0)`,
	"facilityCount": "count(*) FILTER (WHERE src.score IS NOT NULL AND src.max_score IS NOT NULL)",
	"facility":      "sum(src.score) FILTER (WHERE src.max_score IS NOT NULL) / nullif(sum(src.max_score) FILTER (WHERE src.score IS NOT NULL), 0)",
}

// stepStatsRows has the conditions for the rows that figures of stepStatsSQL are about, unless these are all rows.
var stepStatsRows = map[string]string{
	"passRate": "src.outcome <> 'skip'",
	"facility": "src.score IS NOT NULL AND src.max_score IS NOT NULL", "facilityCount": "src.score IS NOT NULL AND src.max_score IS NOT NULL",
}

// A stepFigures builds an aggregation of the tasks of results.
type stepFigures struct {
	StepGrouping
	sc     query.Scope
	pg     bool
	source sourceColumns
	// withMembers and withAttempts are set if the sources have the members of groups, and the attempts at
	// which students first passed.
	withMembers, withAttempts bool
}

// A StepGrouping says which tasks of results are one task in the figures: those with the same id and, if
// set, of the same assignment and of the same revision. ByAssignment must be set unless all results are of one
// assignment.
type StepGrouping struct{ ByAssignment, ByRevision bool }

// columns returns the columns of the groups.
func (g StepGrouping) columns() []string {
	columns := []string{"task_id"}
	if g.ByAssignment {
		columns = append(columns, "assignment_id")
	}
	if g.ByRevision {
		columns = append(columns, "revision")
	}
	return columns
}

// StepStatsOf returns the aggregation of the tasks of results with the requested columns. AllAttempts is the
// filter that selects all attempts.
func StepStatsOf(sc query.Scope, pg bool, g StepGrouping, allAttempts []query.Clause, columns []FigureColumn) (*query.Aggregation, error) {
	b := &stepFigures{sc: sc, pg: pg, StepGrouping: g}
	b.addKeys()
	a := &query.Aggregation{GroupBy: g.columns()}
	for _, c := range columns {
		figure, err := b.figure(c)
		if err != nil {
			return nil, err
		}
		a.Columns = append(a.Columns, figure)
	}
	if a.Columns == nil { // a statement has columns
		a.Columns = []query.Clause{query.SQL("count(*)")}
	}
	if b.withAttempts { // students may have passed a task in other attempts only
		a.Having = []query.Clause{query.SQL("count(src.outcome) > 0")}
	}
	a.Order = b.order()
	if sc.FiguresOnly() {
		a.Students = b.submitters("src.outcome IS NOT NULL")
	}
	a.Sources = b.sources(visibleSteps(sc.WithRows(), parentCourse), allAttempts)
	return a, nil
}

// order returns the order of the recipe. Both databases sort the ids of tasks alike.
func (b *stepFigures) order() []query.AggregateOrder {
	figures := []query.Clause{
		query.SQL("min(src.position)"), query.SQL("min(src.task)"), query.Dialect(`src.task_id COLLATE "C"`, "src.task_id"),
	}
	if b.ByAssignment {
		figures = slices.Insert(figures, 0, query.SQL("src.assignment_id"))
	}
	if b.ByRevision {
		figures = append(figures, query.SQL("src.revision"))
	}
	order := make([]query.AggregateOrder, len(figures))
	for i, figure := range figures {
		order[i].Figure = figure
	}
	return order
}

// addKeys adds the columns that groups have and that sort them, which all sources have.
func (b *stepFigures) addKeys() {
	for _, c := range []struct{ name, sql string }{
		{"assignment_id", "res.assignment_id"}, {"task_id", "stp.task_id"}, {"revision", "res.revision"},
		{"step_id", "stp.step_id"}, {"position", "stp.position"}, {"task", "stp.task"}, {"outcome", stepOutcome},
		{"score", "CAST(stp.score AS double precision)"}, {"max_score", "CAST(stp.max_score AS double precision)"},
	} {
		b.source.add(c.name, query.SQL(c.sql))
	}
}

// stepKeys are the columns that all sources have.
var stepKeys = []string{"assignment_id", "task_id", "revision", "step_id", "position", "task"}

// sources returns the sources: the tasks and, if necessary, those of members of groups, and the first
// attempts at which students passed them.
func (b *stepFigures) sources(visible query.Clause, allAttempts []query.Clause) []query.Source {
	steps := query.SQL("JOIN step AS stp ON stp.course_id = parent.k0 AND stp.result_id = res.id AND ?", visible)
	sources := []query.Source{{Joins: []query.Clause{steps}, Columns: b.source}}
	if b.withMembers {
		members := b.source.asNull(stepKeys...)
		members.set("student", query.SQL("mem.user_id"))
		sources = append(sources, query.Source{
			Joins:   []query.Clause{steps, query.SQL(joinMembers)},
			Columns: members,
		})
	}
	if b.withAttempts {
		attempts := b.source.asNull(stepKeys...)
		attempts.set("until_pass", query.SQL(`CASE WHEN `+stepOutcome+` = 'pass' AND row_number() OVER (
			PARTITION BY res.assignment_id, res.user_id, stp.task_id, `+stepOutcome+` ORDER BY res.attempt, stp.position, stp.task) = 1
			THEN CAST(res.attempt AS double precision) END`))
		sources = append(sources, query.Source{Joins: []query.Clause{steps}, Columns: attempts, Filter: append([]query.Clause{}, allAttempts...)})
	}
	return sources
}

// figure returns the SQL of a requested column.
func (b *stepFigures) figure(c FigureColumn) (query.Clause, error) {
	if err := c.Arguments.Validate(c.Path); err != nil {
		return query.Clause{}, err
	}
	if path, ok := strings.CutPrefix(c.Path, "score."); ok {
		figure, err := numberFigure("src.score", path, c.Arguments, b.pg)
		return b.ifEnough("src.score IS NOT NULL", figure), err
	}
	if sql, ok := stepStatsSQL[c.Path]; ok {
		return b.ifEnough(stepStatsRows[c.Path], query.SQL(sql)), nil
	}
	switch c.Path {
	case "course_id":
		return query.FirstKeyElement, nil
	case "revision":
		if !b.ByRevision {
			return query.SQL("CAST(NULL AS integer)"), nil
		}
		return query.SQL("src.revision"), nil
	case "students":
		b.withMembers = true
		return query.SQL("count(DISTINCT " + b.student() + ")"), nil
	case "failedFirst":
		return countIf(b.source.add("failed_first", query.SQL(`(`+stepFails+` AND row_number() OVER (
			PARTITION BY res.id, `+stepFails+` ORDER BY stp.position, stp.task) = 1)`))), nil
	case "studentsPassed":
		return query.IfEnough(b.sc, b.studentsPassed(), b.studentsPassed()), nil
	case "medianAttemptsUntilPass":
		return query.IfEnough(b.sc, b.studentsPassed(), percentile(b.untilPass(), 0.5, b.pg)), nil
	}
	return query.Clause{}, unknownFigure(c.Path)
}

// untilPass adds the first attempt at which a student passed the task: one row for each student who did.
func (b *stepFigures) untilPass() string {
	b.withAttempts = true
	return b.source.add("until_pass", query.SQL("CAST(NULL AS double precision)"))
}

// studentsPassed returns the SQL of the number of students who passed the task.
func (b *stepFigures) studentsPassed() query.Clause {
	return query.SQL("count(" + b.untilPass() + ")")
}

// student adds the student who submitted, or another member of the group.
func (b *stepFigures) student() string { return b.source.add("student", query.SQL("res.user_id")) }

// submitters returns the SQL of the number of students who submitted a result whose task meets a condition.
func (b *stepFigures) submitters(condition string) query.Clause {
	return countStudents(b.student(), condition)
}

// ifEnough returns the SQL of a figure about the tasks that meet a condition, as callers see it who may read
// only figures: see query.IfEnough. Without a condition the figure is about all tasks of the group.
func (b *stepFigures) ifEnough(condition string, figure query.Clause) query.Clause {
	if condition == "" || !b.sc.FiguresOnly() {
		return figure
	}
	return query.IfEnough(b.sc, b.submitters(condition), figure)
}

// stepFails is the SQL of whether a task failed or could not be assessed.
const stepFails = "(" + stepOutcome + " IN ('fail', 'error'))"
