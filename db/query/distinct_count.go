package query

import (
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A CountApart counts the distinct values in rows that Join joins to the rows of the edge. It does not count
// a value if a row of the edge meets the condition Unless about it; the condition refers to that row by the alias
// of the table. The columns of the aggregation refer to the number as apart.count. It needs PostgreSQL.
type CountApart struct{ Value, Join, Unless Clause }

// selectApart returns the statement that counts the values of a.Apart for one parent.
func (e *Edge[T]) selectApart(db *DB, sc Scope, p Params) *bun.SelectQuery {
	p.Page = nil
	apart := p.Aggregation.Apart
	counted := e.where(db.NewSelect().ColumnExpr("1").TableExpr("?", e.table(db)).Where("?", apart.Unless), db, sc, p)
	q := db.NewSelect().ColumnExpr("count(DISTINCT ?) AS count", apart.Value).TableExpr("?", e.table(db)).Join("?", apart.Join)
	return e.where(q, db, sc, p).Where("NOT EXISTS (?)", counted)
}

// A distinctCount is the SQL of the number of distinct values of a column of the edge, which the sources have
// as the expression source.
type distinctCount struct {
	column, source string
	// unique is set if the values are known to be different: then PostgreSQL need not sort them.
	unique bool
}

// CountDistinct returns the SQL of the number of distinct values of a column of the edge, for
// Aggregation.Columns. It must not be NULL. Source is its name in the only source, such as src.NAME.
func CountDistinct(column, source string) Clause {
	return SQL("?", distinctCount{column: column, source: source})
}

// AppendQuery appends the SQL.
func (d distinctCount) AppendQuery(_ schema.QueryGen, b []byte) ([]byte, error) {
	if d.unique {
		return append(b, "count(*)"...), nil
	}
	return append(append(append(b, "count(DISTINCT "...), d.source...), ')'), nil
}

// withUnique returns the aggregation for rows that have different values in a column.
func (a *Aggregation) withUnique(column string) *Aggregation {
	if column == "" {
		return a
	}
	return a.mapClauses(func(c Clause) Clause { return c.withUnique(column) })
}

func (c Clause) withUnique(column string) Clause {
	args := make([]any, len(c.Args))
	for i, a := range c.Args {
		switch a := a.(type) {
		case Clause:
			args[i] = a.withUnique(column)
		case distinctCount:
			a.unique = a.column == column
			args[i] = a
		default:
			args[i] = a
		}
	}
	return Clause{c.SQL, args}
}
