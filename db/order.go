package db

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

// direction is that of the statement: a page that is read from its end turns it round.
func (p Params) direction() bun.Safe {
	if p.Order.Desc != (p.Page != nil && p.Page.backward()) {
		return "DESC"
	}
	return "ASC"
}

// orderColumns names the columns that an order reads: together they tell rows apart.
func orderColumns[T any](o Order) []string {
	if o.Column == "" {
		return zero[T]().order()
	}
	return append([]string{o.Column}, zero[T]().order()...)
}

// orderExprs spells the columns of an order, none of them ever null.
func orderExprs[T any](db *DB, sc Scope, o Order) []Clause {
	t, pg := tableOf[T](db), isPostgres(db)
	var out []Clause
	for _, c := range orderColumns[T](o) {
		expr := columnExpr(zero[T](), c, t.Alias, sc, pg)
		out = append(out, sortable(expr, t.FieldMap[c].StructField.Type, pg))
	}
	return out
}

func orderBy[T any](q *bun.SelectQuery, db *DB, sc Scope, p Params) *bun.SelectQuery {
	for _, o := range orderExprs[T](db, sc, p.Order) {
		q.OrderExpr("? ?", o, p.direction())
	}
	return q
}

// sortable spells a column so that both databases sort it alike: text by code points,
// and an extreme in place of null, since null compares with nothing.
func sortable(c Clause, t reflect.Type, pg bool) Clause {
	if t.Kind() == reflect.Pointer {
		return clause("coalesce(?, ?)", c, extreme(t.Elem(), pg))
	}
	if t.Kind() == reflect.String && pg {
		return clause(`? COLLATE "C"`, c)
	}
	return c
}

// extreme stands for null: after every time, before every number.
func extreme(t reflect.Type, pg bool) Clause {
	switch {
	case t == reflect.TypeFor[time.Time]() && pg:
		return clause("'infinity'::timestamptz")
	case t == reflect.TypeFor[time.Time]():
		return clause("'9999'")
	case pg:
		return clause("'-Infinity'::float8")
	}
	return clause("-9e999")
}
