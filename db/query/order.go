package query

import (
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// An Order is by one or more columns and then by the key. The zero Order is by the key alone:
// the order in which rows came into the store.
type Order struct {
	// Column is the first column; "" is the key, which ends the order.
	Column string
	Desc   bool
	// Then orders rows with equal values. Without it they are in the order of the key, in the
	// same direction.
	Then *Order
}

// An orderTerm is a column of an order with its direction.
type orderTerm struct {
	column string
	desc   bool
}

// orderTerms returns the columns that an order reads: together they identify a row.
func orderTerms[T any](o Order) []orderTerm {
	var terms []orderTerm
	for o.Column != "" {
		terms = append(terms, orderTerm{o.Column, o.Desc})
		if o.Then == nil {
			o = Order{Desc: o.Desc}
			break
		}
		o = *o.Then
	}
	for _, c := range zeroRecord[T]().OrderColumns() {
		terms = append(terms, orderTerm{c, o.Desc})
	}
	return terms
}

// orderColumns returns the names of the columns that an order reads.
func orderColumns[T any](o Order) []string {
	var names []string
	for _, t := range orderTerms[T](o) {
		names = append(names, t.column)
	}
	return names
}

// name identifies the order in cursors and statements: its columns, with - before descending
// ones.
func (o Order) name() string {
	sign := ""
	if o.Desc {
		sign = "-"
	}
	if o.Column == "" || o.Then == nil {
		return sign + o.Column
	}
	return sign + o.Column + "," + o.Then.name()
}

// sortDirections returns the direction of each column of the statement. A page that is read
// from its end reverses them.
func sortDirections[T any](p Params) []bun.Safe {
	var directions []bun.Safe
	for _, t := range orderTerms[T](p.Order) {
		direction := bun.Safe("ASC")
		if t.desc != (p.Page != nil && p.Page.Backward()) {
			direction = "DESC"
		}
		directions = append(directions, direction)
	}
	return directions
}

// orderClauses returns the SQL of the columns of an order; none of them is ever NULL.
func orderClauses[T any](db *DB, sc Scope, o Order) []Clause {
	t, pg := TableOf[T](db), IsPostgres(db)
	var out []Clause
	for _, c := range orderColumns[T](o) {
		expr := columnExpr(zeroRecord[T](), c, t.Alias, sc, pg)
		out = append(out, sortableColumn(expr, t.FieldMap[c].StructField.Type, pg))
	}
	return out
}

func orderBy[T any](q *bun.SelectQuery, db *DB, sc Scope, p Params) *bun.SelectQuery {
	directions := sortDirections[T](p)
	for i, o := range orderClauses[T](db, sc, p.Order) {
		q.OrderExpr("? ?", o, directions[i])
	}
	return q
}

// sortableColumn is a column as both databases sort it alike: text by code points, and a
// substitute for NULL, which compares with nothing.
func sortableColumn(c Clause, t reflect.Type, pg bool) Clause {
	if t.Kind() == reflect.Pointer {
		return SQL("coalesce(?, ?)", c, nullSubstitute(t.Elem(), pg))
	}
	if t.Kind() == reflect.String && pg {
		return SQL(`? COLLATE "C"`, c)
	}
	return c
}

// nullSubstitute replaces NULL: it is after every time and before every number.
func nullSubstitute(t reflect.Type, pg bool) Clause {
	switch {
	case t == reflect.TypeFor[time.Time]() && pg:
		return SQL("'infinity'::timestamptz")
	case t == reflect.TypeFor[time.Time]():
		return SQL("'9999'")
	case pg:
		return SQL("'-Infinity'::float8")
	}
	return SQL("-9e999")
}
