package db

import (
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/stats"
)

// Activity is the submissions in a period. Fields are set only if they were requested.
type Activity struct {
	Start           time.Time
	Date            Date
	Count, Students *int64
}

// MaxPeriods is the maximum number of periods of activity.
const MaxPeriods = 10_000

// ActivityOf returns the aggregation of the submissions in periods with the requested columns. The period
// is hour, day or week.
func ActivityOf(sc query.Scope, pg bool, period string, zone TimeZone, columns []FigureColumn) (*query.Aggregation, error) {
	loc, err := stats.LoadZone(string(zone))
	if err != nil {
		return nil, err
	}
	b := &groupBuilder{resultFigures: resultFigures{sc: sc, pg: pg}, ResultGrouping: ResultGrouping{By: []string{period}, TimeZone: zone}}
	b.addKeys()
	p := &periods{period: period, zone: zone, loc: loc, columns: columns, empty: []byte("0")}
	a := &query.Aggregation{GroupBy: b.keys, Order: b.order, Expand: p.expand}
	for _, c := range columns {
		figure := b.keyColumns()[period]
		if c.Path == "count" || c.Path == "students" {
			if figure, err = b.figure(c); err != nil {
				return nil, err
			}
		}
		a.Columns = append(a.Columns, figure)
	}
	a.Columns = append(a.Columns, b.keyColumns()[period]) // for expand
	if sc.FiguresOnly() {                                 // empty periods are like those of few students
		a.Students, p.empty = b.submitters(b.result()+" IS NOT NULL"), nil
	}
	a.Sources = b.sources()
	return a, nil
}

// periods adds the periods without submissions, and sets the start and the date of each.
type periods struct {
	period  string
	zone    TimeZone
	loc     *time.Location
	columns []FigureColumn
	// empty is the number of submissions in a period without any.
	empty []byte
	// number is the number of periods so far.
	number int
}

// expand implements query.Aggregation.Expand.
func (p *periods) expand(previous, group query.AggregateRow) ([]query.AggregateRow, error) {
	at, err := p.parse(group)
	if err != nil {
		return nil, err
	}
	var rows []query.AggregateRow
	if previous == nil {
		p.number = 0
	} else {
		last, err := p.parse(previous)
		if err != nil {
			return nil, err
		}
		for empty := p.next(last); empty.Before(at); empty = p.next(empty) {
			rows = append(rows, p.row(nil, empty))
			if p.number+len(rows) > MaxPeriods {
				return nil, fault.New(fault.BadInput, fmt.Sprintf("The activity has more than %d periods: choose longer ones, or filter the results by time.", MaxPeriods))
			}
		}
	}
	p.number += len(rows) + 1
	return append(rows, p.row(group, at)), nil
}

// parse returns the period of a group: the beginning of an hour, and the midnight in UTC of the first day of
// other periods.
func (p *periods) parse(group query.AggregateRow) (time.Time, error) {
	text := string(group[len(group)-1])
	if p.period != "hour" {
		return time.Parse(time.DateOnly, text)
	}
	return time.Parse(time.DateTime, text[:min(len(text), len(time.DateTime))])
}

func (p *periods) next(at time.Time) time.Time {
	switch p.period {
	case "hour":
		return stats.TruncateToHour(at.Add(time.Hour).In(p.loc)).UTC()
	case "week":
		return at.AddDate(0, 0, 7)
	}
	return at.AddDate(0, 0, 1)
}

// row returns the cells of a period. A nil group has no submissions.
func (p *periods) row(group query.AggregateRow, at time.Time) query.AggregateRow {
	start, date := at, at.In(p.loc).Format(time.DateOnly)
	if p.period != "hour" {
		date = at.Format(time.DateOnly)
		start = Date(date).Start(&p.zone).UTC()
	}
	row := make(query.AggregateRow, len(p.columns)+1)
	for i, c := range p.columns {
		switch {
		case c.Path == "start":
			row[i] = []byte(start.Format("2006-01-02 15:04:05") + "+00")
		case c.Path == "date":
			row[i] = []byte(date)
		case group == nil:
			row[i] = p.empty
		default:
			row[i] = group[i]
		}
	}
	return row
}
