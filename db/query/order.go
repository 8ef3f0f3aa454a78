package query

import (
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// An Order sorts rows by some columns and then by the key, so that it is total. The zero Order
// sorts by the key alone, which is the order of insertion.
type Order struct {
	// Column is the first column. "" stands for the key; then Then has no effect.
	Column string
	Desc   bool
	// Then sorts rows with equal values in Column. If it is nil, they are sorted by the key in
	// the same direction.
	Then *Order
}

// An orderTerm is a column of an order with its direction.
type orderTerm struct {
	column string
	desc   bool
}

// orderTerms returns the columns of an order, including the columns of the key.
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

// orderColumns returns the names of the columns of an order, including the columns of the key.
func orderColumns[T any](o Order) []string {
	var names []string
	for _, t := range orderTerms[T](o) {
		names = append(names, t.column)
	}
	return names
}

// name identifies the order in cursors and statements: the names of its columns, each with a minus
// sign if it is descending.
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

// orderClauses returns the SQL of the columns of an order, with a substitute for NULL.
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

// sortableColumn returns the SQL of a column that both databases sort in the same way: text by
// code points, and a substitute for NULL, because a comparison with NULL is never true.
func sortableColumn(c Clause, t reflect.Type, pg bool) Clause {
	if t.Kind() == reflect.Pointer {
		return SQL("coalesce(?, ?)", c, nullSubstitute(t.Elem(), pg))
	}
	if t.Kind() == reflect.String && pg {
		return SQL(`? COLLATE "C"`, c)
	}
	return c
}

// nullSubstitute returns the value that replaces NULL in an order: a time after all other times,
// or a number below all other numbers.
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
