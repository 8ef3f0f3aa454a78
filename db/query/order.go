package query

import (
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// An Order is by one column and then by the key, in one direction. The zero Order is
// by the key alone: the order in which rows came into the store.
type Order struct {
	Column string
	Desc   bool
}

// sortDirection is that of the statement: a page that is read from its end turns it round.
func (p Params) sortDirection() bun.Safe {
	if p.Order.Desc != (p.Page != nil && p.Page.Backward()) {
		return "DESC"
	}
	return "ASC"
}

// orderColumns names the columns that an order reads: together they tell rows apart.
func orderColumns[T any](o Order) []string {
	if o.Column == "" {
		return zeroRecord[T]().OrderColumns()
	}
	return append([]string{o.Column}, zeroRecord[T]().OrderColumns()...)
}

// orderClauses spells the columns of an order, none of them ever null.
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

// sortableColumn spells a column so that both databases sort it alike: text by code points,
// and an extreme in place of null, since null compares with nothing.
func sortableColumn(c Clause, t reflect.Type, pg bool) Clause {
	if t.Kind() == reflect.Pointer {
		return SQL("coalesce(?, ?)", c, nullSubstitute(t.Elem(), pg))
	}
	if t.Kind() == reflect.String && pg {
		return SQL(`? COLLATE "C"`, c)
	}
	return c
}

// nullSubstitute stands for null: after every time, before every number.
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
