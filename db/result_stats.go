package db

import (
	"slices"
	"strings"

	"github.com/momotor/resultgraph/db/query"
)

// ResultStats are figures of results. Fields are set only if they were requested.
type ResultStats struct {
	Count, Students               *int64
	Paused, Queued, Processing    *int64
	Processed, Accepted, Rejected *int64
	Error, Late                   *int64
	PassRate                      *float64
	Score, ScorePercent           NumberStats
	SecondsLate, Attempts         NumberStats
	WaitSeconds, DurationSeconds  NumberStats
}

// resultFigures builds an aggregation of results as a caller sees them.
type resultFigures struct {
	sc     query.Scope
	pg     bool
	source sourceColumns
	// withMembers is set if each member of a group has a row in the sources. Only the columns in keys have
	// a value in the rows of members who did not submit, unless results are grouped by user.
	withMembers, byUser bool
	keys                []string
	// countsApart is set if a subquery may count the members who have no result, and apart if it does.
	countsApart bool
	apart       *query.CountApart
}

// ResultStatsOf returns the aggregation with the requested figures of results.
func ResultStatsOf(sc query.Scope, pg bool, columns []FigureColumn) (*query.Aggregation, error) {
	b := &resultFigures{sc: sc, pg: pg, countsApart: pg}
	a := &query.Aggregation{}
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
	if sc.FiguresOnly() {
		a.Students = b.students()
	}
	a.Sources = b.sources()
	a.Apart = b.apart
	return a, nil
}

// membersWithoutResult counts the members of groups without a result among the counted ones.
var membersWithoutResult = &query.CountApart{Value: query.SQL("mem.user_id"), Join: query.SQL(joinMembers), Unless: query.SQL("res.user_id = mem.user_id")}

// joinMembers joins the members of the group of a result other than the student who submitted it.
const joinMembers = "JOIN result_member AS mem ON mem.course_id = parent.k0 AND mem.result_id = res.id AND mem.user_id <> res.user_id"

// count returns the SQL of the number of results.
func (b *resultFigures) count() query.Clause {
	if b.countsApart { // each row is a result
		return query.SQL("count(*)")
	}
	return query.SQL("count(" + b.result() + ")")
}

// students returns the SQL of the number of students. The members of groups count. If all results
// are one group, a subquery counts those without a result on PostgreSQL, which reads results of a union slower.
func (b *resultFigures) students() query.Clause {
	if b.countsApart {
		b.apart = membersWithoutResult
		return query.SQL("(? + apart.count)", query.CountDistinct("user_id", b.student()))
	}
	b.withMembers = true
	return query.SQL("count(DISTINCT " + b.student() + ")")
}

// submitters returns the SQL of the number of students who submitted a result for which a condition is true.
// The condition is false in the rows of members who did not submit.
func (b *resultFigures) submitters(condition string) query.Clause {
	return countStudents(b.student(), condition)
}

func (b *resultFigures) student() string { return b.source.add("student", query.SQL("res.user_id")) }

// sources returns the sources: the results and, if necessary, the members of groups.
func (b *resultFigures) sources() []query.Source {
	b.result()
	results := query.Source{Columns: b.source}
	if !b.withMembers && !b.byUser {
		return []query.Source{results}
	}
	members := query.Source{
		Joins:   []query.Clause{query.SQL(joinMembers)},
		Columns: b.source.asNull(b.keys...),
	}
	if b.byUser {
		members.Columns = slices.Clone(b.source)
	}
	columns := sourceColumns(members.Columns)
	columns.set("student", query.SQL("mem.user_id"))
	columns.set("user_id", query.SQL("mem.user_id"))
	return []query.Source{results, members}
}

// figure returns the SQL of a figure.
func (b *resultFigures) figure(c FigureColumn) (query.Clause, error) {
	if strings.HasPrefix(c.Path, "scorePercent.") {
		c.Arguments = c.Arguments.ofPercentages(c.Path)
	}
	if err := c.Arguments.Validate(c.Path); err != nil {
		return query.Clause{}, err
	}
	if field, rest, ok := strings.Cut(c.Path, "."); ok {
		column, ok := b.number(field)
		if !ok {
			return query.Clause{}, unknownFigure(c.Path)
		}
		figure, err := numberFigure(column, rest, c.Arguments, b.pg)
		return b.ifEnough(column+" IS NOT NULL", figure), err
	}
	switch c.Path {
	case "count":
		return b.count(), nil
	case "students":
		return b.students(), nil
	case "paused", "queued", "processing":
		return countIf(b.state() + " = '" + c.Path + "'"), nil
	case "processed":
		return countIf(b.done()), nil
	case "accepted", "rejected", "error":
		return countIf(b.outcome(c.Path)), nil
	case "late":
		return countIf(b.source.add("late", query.SQL("res.is_late"))), nil
	case "passRate":
		return b.passRate(), nil
	}
	return query.Clause{}, unknownFigure(c.Path)
}

// passRate is accepted / processed.
func (b *resultFigures) passRate() query.Clause {
	return b.ifEnough(b.done(), query.SQL("CAST(? AS double precision) / nullif(?, 0)", countIf(b.outcome("accepted")), countIf(b.done())))
}

// ifEnough returns the SQL of a figure about the results for which a condition is true, as callers see it who
// may read only figures: see query.IfEnough.
func (b *resultFigures) ifEnough(condition string, figure query.Clause) query.Clause {
	if !b.sc.FiguresOnly() {
		return figure
	}
	return query.IfEnough(b.sc, b.submitters(condition), figure)
}

// result adds the id of the result, which is null in the rows of members.
func (b *resultFigures) result() string { return b.source.add("id", query.SQL("res.id")) }

func (b *resultFigures) state() string { return b.source.add("state", query.SQL("res.state")) }

// done adds whether a result is processed. Rows with it take less room to sort than rows with the state.
func (b *resultFigures) done() string { return b.source.add("done", query.SQL("(res.state = 'done')")) }

// outcome returns the condition that a result has an outcome that the caller sees: accepted, rejected or error.
// Rows with the columns of the condition take less time than rows with an outcome, which has to be computed.
func (b *resultFigures) outcome(name string) string {
	condition := b.done() + " AND " + b.visibleColumn("has_error")
	if name == "error" {
		return condition
	}
	accepted := b.visibleColumn("accepted")
	return condition + " IS NOT TRUE AND " + map[string]string{"accepted": accepted, "rejected": "NOT " + accepted}[name]
}

// resultOutcome returns the SQL of the outcome that the caller sees: accepted, rejected or error, and null for
// a result that is not processed or whose outcome is hidden.
func (b *resultFigures) resultOutcome() query.Clause {
	return query.SQL(`CASE WHEN res.state <> 'done' THEN NULL WHEN ? THEN 'error' WHEN ? THEN 'accepted' WHEN NOT (?) THEN 'rejected' END`,
		b.column("has_error"), b.column("accepted"), b.column("accepted"))
}

// resultNumbers have the SQL of the fields of type NumberStats.
var resultNumbers = map[string]func(b *resultFigures) query.Clause{
	"score":           func(b *resultFigures) query.Clause { return b.column("score") },
	"scorePercent":    func(b *resultFigures) query.Clause { return b.column("score_percent") },
	"secondsLate":     func(b *resultFigures) query.Clause { return b.column("seconds_late") },
	"attempts":        func(b *resultFigures) query.Clause { return b.column("attempt") },
	"waitSeconds":     func(*resultFigures) query.Clause { return query.SecondsBetween("res.queued_at", "res.started_at") },
	"durationSeconds": func(*resultFigures) query.Clause { return query.SecondsBetween("res.started_at", "res.processed_at") },
}

// number adds the column of a field of type NumberStats.
func (b *resultFigures) number(field string) (column string, ok bool) {
	expr, ok := resultNumbers[field]
	if !ok {
		return "", false
	}
	return b.source.addFrom(strings.ToLower(field), func() query.Clause {
		return query.SQL("CAST(? AS double precision)", expr(b))
	}), true
}

// visibleColumn adds a column of a result as the caller sees it.
func (b *resultFigures) visibleColumn(name string) string {
	return b.source.addFrom(name, func() query.Clause { return b.column(name) })
}

// column returns the SQL of a column of a result as the caller sees it.
func (b *resultFigures) column(name string) query.Clause {
	if c := (*Result)(nil).ColumnExpr(name, b.sc, b.pg); c.SQL != "" {
		return c
	}
	return query.SQL("res." + name)
}
