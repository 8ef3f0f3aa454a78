package db

import (
	"strings"
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// A ResultGroup is the results of a list that share the values of the key, with their figures. Fields are
// set only if they were requested.
type ResultGroup struct {
	Key   ResultGroupKeyValue
	Stats ResultStats
}

// A ResultGroupKeyValue has the values of a key.
type ResultGroupKeyValue struct {
	query.RowMeta

	// The ids of the objects in the key, 0 if there is none.
	CourseID     int64 `bun:"course_id,pk"`
	AssignmentID int64 `bun:"assignment_id"`
	SectionID    int64 `bun:"section_id"`
	UserID       int64 `bun:"user_id"`

	Attempt, Revision, Weekday *int
	State                      *ResultState
	Outcome                    *ResultOutcome
	Hour                       *time.Time
	Day, Week, Month           *Date
	ScoreBand                  ScoreBand
}

func (*ResultGroupKeyValue) PrimaryKey() []string   { return []string{"course_id"} }
func (*ResultGroupKeyValue) OrderColumns() []string { return nil }

func (*ResultGroupKeyValue) ColumnExpr(string, query.Scope, bool) query.Clause { return query.Clause{} }

// A ScoreBand is the scores from From to below To. Both are nil for results without a score.
type ScoreBand struct{ From, To *float64 }

// A ResultOutcome is the outcome of a processed result.
type ResultOutcome string

// The outcomes of results.
const (
	ResultAccepted ResultOutcome = "accepted"
	ResultRejected ResultOutcome = "rejected"
	ResultError    ResultOutcome = "error"
)

// A ResultGroupList is the first groups of a list of results.
type ResultGroupList struct {
	Nodes      []*ResultGroup
	TotalCount int64
	Truncated  bool
}

// A ResultGrouping says how results are grouped.
type ResultGrouping struct {
	// By are the keys: see groupKeys.
	By             []string
	ScoreBandWidth float64
	TimeZone       TimeZone
	OrderBy        []GroupOrder
	// The bounds of the figures of groups; nil has no effect.
	CountFrom, CountTo       *int64
	PassRateFrom, PassRateTo *float64
}

// A GroupOrder sorts groups by the keys or by a figure, such as "students": see groupOrders.
type GroupOrder struct {
	By   string
	Desc bool
}

// A groupBuilder builds the aggregation of groups of results.
type groupBuilder struct {
	resultFigures
	ResultGrouping
	joins []query.Clause
	order []query.AggregateOrder
}

// ResultGroupsOf returns the aggregation with groups of results and the requested columns: the ids and the
// fields of ResultGroupKeyValue below "key", and the figures below "stats".
func ResultGroupsOf(sc query.Scope, pg bool, g ResultGrouping, columns []FigureColumn) (*query.Aggregation, error) {
	b := &groupBuilder{resultFigures: resultFigures{sc: sc, pg: pg}, ResultGrouping: g}
	b.addKeys()
	a := &query.Aggregation{}
	for _, c := range columns {
		figure, err := b.requested(c)
		if err != nil {
			return nil, err
		}
		a.Columns = append(a.Columns, figure)
	}
	if a.Columns == nil { // a statement has columns
		a.Columns = []query.Clause{query.SQL("count(*)")}
	}
	a.Having, a.Order = b.having(), append(b.orders(), b.order...)
	a.GroupBy = b.keys
	if sc.FiguresOnly() {
		a.Students = b.submitters(b.result() + " IS NOT NULL")
	}
	a.Sources = b.sources()
	for i := range a.Sources {
		a.Sources[i].Joins = append(b.joins[:len(b.joins):len(b.joins)], a.Sources[i].Joins...)
	}
	return a, nil
}

// requested returns the SQL of a requested column.
func (b *groupBuilder) requested(c FigureColumn) (query.Clause, error) {
	if c.Path == "totalCount" {
		return query.GroupCount, nil
	}
	if path, ok := strings.CutPrefix(c.Path, "stats."); ok {
		c.Path = path
		return b.figure(c)
	}
	if sql, ok := b.keyColumns()[strings.TrimPrefix(c.Path, "key.")]; ok {
		return sql, nil
	}
	return query.Clause{}, unknownFigure(c.Path)
}

// keyColumns returns the SQL of the columns of keys.
func (b *groupBuilder) keyColumns() map[string]query.Clause {
	columns := map[string]query.Clause{"course_id": query.FirstKeyElement}
	for _, name := range []string{"assignment_id", "section_id", "user_id", "attempt", "revision", "weekday"} {
		columns[name] = query.SQL("src." + name)
	}
	columns["state"], columns["outcome"] = query.SQL("src.key_state"), query.SQL("src.key_outcome")
	for _, name := range []string{"day", "week", "month"} {
		columns[name] = query.SQL("CAST(src." + name + " AS text)")
	}
	columns["hour"] = query.SQL("src.hour")
	if b.pg {
		columns["hour"] = query.SQL("to_char(src.hour AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '+00'")
	}
	columns["scoreBand.from"] = query.SQL("src.band * ?", float(b.ScoreBandWidth))
	columns["scoreBand.to"] = query.SQL("(src.band + 1) * ?", float(b.ScoreBandWidth))
	return columns
}

// having returns the conditions on groups.
func (b *groupBuilder) having() []query.Clause {
	var cs query.Conditions
	count, passRate := query.SQL("count("+b.result()+")"), b.passRate
	for _, bound := range []struct {
		comparison string
		count      *int64
		passRate   *float64
	}{{">=", b.CountFrom, b.PassRateFrom}, {"<=", b.CountTo, b.PassRateTo}} {
		if bound.count != nil {
			cs.Add(query.SQL("? "+bound.comparison+" ?", count, *bound.count))
		}
		if bound.passRate != nil {
			cs.Add(query.SQL("? "+bound.comparison+" ?", passRate(), float(*bound.passRate)))
		}
	}
	return cs
}

// orders returns the order of groups, without the keys at its end.
func (b *groupBuilder) orders() []query.AggregateOrder {
	var orders []query.AggregateOrder
	for _, o := range b.OrderBy {
		if o.By == "key" {
			for _, key := range b.order {
				orders = append(orders, query.AggregateOrder{Figure: key.Figure, Desc: o.Desc})
			}
			continue
		}
		figure, err := b.figure(FigureColumn{Path: groupOrders[o.By]})
		if err == nil {
			orders = append(orders, query.AggregateOrder{Figure: figure, Desc: o.Desc})
		}
	}
	return orders
}

// groupOrders are the figures by which groups can be ordered.
var groupOrders = map[string]string{
	"count": "count", "students": "students", "pass_rate": "passRate", "late": "late",
	"mean_score": "score.mean", "median_score": "score.median",
}
