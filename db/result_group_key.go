package db

import (
	"strings"

	"github.com/momotor/resultgraph/db/query"
)

// groupKeys add the columns of a key to the sources, by the name of the key.
var groupKeys = map[string]func(b *groupBuilder){
	"assignment": func(b *groupBuilder) { b.addKey("assignment_id", query.SQL("res.assignment_id"), "src.assignment_id") },
	"section":    (*groupBuilder).addSection,
	"attempt":    func(b *groupBuilder) { b.addKey("attempt", query.SQL("res.attempt"), "src.attempt") },
	"state": func(b *groupBuilder) {
		b.addKey("key_state", query.SQL("res.state"), rank("src.key_state", string(StatePaused), string(StateQueued), string(StateProcessing), string(StateDone)))
	},
	"outcome": func(b *groupBuilder) {
		b.addKey("key_outcome", b.resultOutcome(), rank("src.key_outcome", string(ResultAccepted), string(ResultRejected), string(ResultError)))
	},
	"revision":   func(b *groupBuilder) { b.addKey("revision", query.SQL("res.revision"), "src.revision") },
	"user":       (*groupBuilder).addUser,
	"hour":       func(b *groupBuilder) { b.addKey("hour", b.localHour(), "src.hour") },
	"day":        func(b *groupBuilder) { b.addKey("day", b.localDate("day"), "src.day") },
	"week":       func(b *groupBuilder) { b.addKey("week", b.localDate("week"), "src.week") },
	"month":      func(b *groupBuilder) { b.addKey("month", b.localDate("month"), "src.month") },
	"weekday":    func(b *groupBuilder) { b.addKey("weekday", b.localWeekday(), "src.weekday") },
	"score_band": (*groupBuilder).addScoreBand,
}

// addKeys adds the columns of all keys.
func (b *groupBuilder) addKeys() {
	for _, key := range b.By {
		groupKeys[key](b)
	}
}

// addKey adds a column of a key, unless the sources have it, and the SQL that sorts by it.
func (b *groupBuilder) addKey(name string, expr query.Clause, order string) {
	b.source.add(name, expr)
	b.keys = append(b.keys, name)
	b.order = append(b.order, query.AggregateOrder{Figure: query.SQL(order)})
}

// rank returns the SQL of the position of a value in a list.
func rank(column string, values ...string) string {
	var b strings.Builder
	b.WriteString("CASE " + column)
	for i, v := range values {
		b.WriteString(" WHEN '" + v + "' THEN " + string(rune('0'+i)))
	}
	return b.String() + " END"
}

// addSection joins the sections of the student. A student can have several roles in a section.
func (b *groupBuilder) addSection() {
	b.joins = append(b.joins, query.SQL(`LEFT JOIN enrollment AS enr ON enr.course_id = parent.k0 AND enr.user_id = res.user_id AND enr.section_id IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM enrollment AS other WHERE other.course_id = enr.course_id AND other.user_id = enr.user_id
			AND other.section_id = enr.section_id AND other.role < enr.role)`))
	b.addKey("section_id", query.SQL("coalesce(enr.section_id, 0)"), "nullif(src.section_id, 0)")
}

// addUser adds the user. The rows of members then count as results.
func (b *groupBuilder) addUser() {
	b.byUser = true
	b.addKey("user_id", query.SQL("res.user_id"), "src.user_id")
	if b.sc.Pseudonyms.Exist() { // the order must not tell who the users are
		b.order[len(b.order)-1].Figure = b.sc.Pseudonyms.Number("src.user_id")
	}
}

func (b *groupBuilder) addScoreBand() {
	score, width := b.column("score"), float(b.ScoreBandWidth)
	b.addKey("band", query.SQL("floor(CAST(? AS double precision) / ?)", score, width), "src.band")
}

// localHour returns the SQL of the beginning of the local hour of the submission.
func (b *groupBuilder) localHour() query.Clause {
	if b.pg {
		return query.SQL("date_trunc('hour', res.submitted_at, CAST(? AS text))", string(b.TimeZone))
	}
	return query.SQL("local_hour(res.submitted_at, ?)", string(b.TimeZone))
}

// localDate returns the SQL of the first local day of the period of the submission: day, week or month.
func (b *groupBuilder) localDate(period string) query.Clause {
	switch {
	case b.pg && period == "day": // date_trunc would take longer
		return query.SQL("CAST(res.submitted_at AT TIME ZONE CAST(? AS text) AS date)", string(b.TimeZone))
	case b.pg:
		return query.SQL("CAST(date_trunc('"+period+"', res.submitted_at AT TIME ZONE CAST(? AS text)) AS date)", string(b.TimeZone))
	}
	return query.SQL("local_date('"+period+"', res.submitted_at, ?)", string(b.TimeZone))
}

// localWeekday returns the SQL of the local day of the week of the submission, from 1 for Monday.
func (b *groupBuilder) localWeekday() query.Clause {
	if b.pg {
		return query.SQL("CAST(extract(isodow FROM res.submitted_at AT TIME ZONE CAST(? AS text)) AS integer)", string(b.TimeZone))
	}
	return query.SQL("local_weekday(res.submitted_at, ?)", string(b.TimeZone))
}
