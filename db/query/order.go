package query

import (
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// An Order sorts by one column and then by Record.OrderColumns, in one direction. The zero
// Order sorts by Record.OrderColumns, which is mostly the order of insertion.
type Order struct {
	Column string
	Desc   bool
}

// sortDirection is the direction of the statement. A page that is read backward reverses it.
func (p Params) sortDirection() bun.Safe {
	if p.Order.Desc != (p.Page != nil && p.Page.Backward()) {
		return "DESC"
	}
	return "ASC"
}

// orderColumns returns the columns of an order; together they are unique under a parent.
func orderColumns[T any](o Order) []string {
	if o.Column == "" {
		return zeroRecord[T]().OrderColumns()
	}
	return append([]string{o.Column}, zeroRecord[T]().OrderColumns()...)
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
	for _, o := range orderClauses[T](db, sc, p.Order) {
		q.OrderExpr("? ?", o, p.sortDirection())
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
