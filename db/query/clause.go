package query

import (
	"slices"
	"strings"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// A Clause is a piece of SQL with a ? for each of its arguments.
type Clause struct {
	SQL  string
	Args []any
}

// AppendQuery appends the SQL with its arguments, so that a clause can be an argument of
// another one.
func (c Clause) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	return gen.AppendQuery(b, c.SQL, c.Args...), nil
}

// appendShape appends the SQL of the clause and of its inner clauses to shape, and their values
// to values. Clauses of the same shape differ only in their values.
func (c Clause) appendShape(shape []byte, values []any) ([]byte, []any) {
	shape = append(append(shape, c.SQL...), 0)
	for _, a := range c.Args {
		switch a := a.(type) {
		case Clause:
			shape, values = a.appendShape(shape, values)
		case distinctCount:
			shape = append(append(shape, a.source...), 0)
		case CourseSet, UserID, pseudonymKey, MinGroup, dialectSQL, databaseClause, keyArray, keyTable: // the same for all clauses of a scope and a database
		default:
			values = append(values, a)
		}
	}
	return shape, values
}

// withParams returns the clause with a param in place of each value, numbered from n on in the
// order of appendShape.
func (c Clause) withParams(n *int) Clause {
	args := make([]any, len(c.Args))
	for i, a := range c.Args {
		switch a := a.(type) {
		case Clause:
			args[i] = a.withParams(n)
		case CourseSet, UserID, pseudonymKey, MinGroup, dialectSQL, databaseClause, distinctCount, keyArray, keyTable:
			args[i] = a
		default:
			args[i] = param{source: fromValues, index: *n}
			*n++
		}
	}
	return Clause{c.SQL, args}
}

// Text returns the SQL with its arguments inserted. All arguments must be clauses.
func (c Clause) Text() string {
	sql := c.SQL
	for _, a := range c.Args {
		sql = strings.Replace(sql, "?", a.(Clause).Text(), 1)
	}
	return sql
}

// SQL returns the clause of a piece of SQL and its arguments.
func SQL(sql string, args ...any) Clause { return Clause{sql, args} }

// Never selects no row, and Always selects all rows.
var (
	Never  = SQL("FALSE")
	Always = SQL("TRUE")
)

// isEmpty reports whether c is the zero Clause.
func (c Clause) isEmpty() bool { return c.SQL == "" }

// In is the condition that a column has one of the ids of a set of courses.
func In(column string, ids CourseSet) Clause {
	if len(ids.ids) == 0 {
		return Never
	}
	return SQL(column+" ?", ids)
}

// AnyOf is the condition that a column has one of the values. The order and the repetitions of the
// values do not matter, and their number is not part of the SQL.
func AnyOf[T ~string](column string, values []T) Clause {
	list := make(textList, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	slices.Sort(list)
	return anyOf(column, len(list), slices.Compact(list))
}

// AnyOfIDs is AnyOf for numbers.
func AnyOfIDs(column string, ids []int64) Clause {
	list := slices.Clone(idList(ids))
	slices.Sort(list)
	return anyOf(column, len(list), slices.Compact(list))
}

func anyOf(column string, n int, list any) Clause {
	if n == 0 {
		return Never
	}
	return SQL(column+" ?(?)?", dialectSQL{"= ANY", "IN (SELECT value FROM json_each"}, list, dialectSQL{"", ")"})
}

// And is the condition that all clauses are true.
func And(cs ...Clause) Clause {
	for _, c := range cs {
		if c.SQL == Never.SQL {
			return Never
		}
	}
	return joinClauses(" AND ", cs)
}

// Or is the condition that at least one of the clauses is true.
func Or(cs ...Clause) Clause {
	possible := make([]Clause, 0, len(cs))
	for _, c := range cs {
		if c.SQL != Never.SQL {
			possible = append(possible, c)
		}
	}
	if len(possible) == 0 {
		return Never
	}
	return joinClauses(" OR ", possible)
}

// joinClauses joins clauses with a separator, in parentheses if there are several.
func joinClauses(sep string, cs []Clause) Clause {
	if len(cs) == 1 {
		return cs[0]
	}
	var b strings.Builder
	var args []any
	b.WriteByte('(')
	for i, c := range cs {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(c.SQL)
		args = append(args, c.Args...)
	}
	b.WriteByte(')')
	return Clause{b.String(), args}
}

// InSubquery is the condition that a column has one of the values of a subquery. On PostgreSQL
// the values form an array: without it the planner merges the subquery into the surrounding
// LATERAL, and then does not use the index of the column.
func InSubquery(column string, subquery Clause) Clause {
	return SQL(column+" ?(?)?", dialectSQL{"= ANY(ARRAY", "IN "}, subquery, dialectSQL{")", ""})
}

// Dialect returns a clause of SQL that differs between PostgreSQL and SQLite.
func Dialect(postgres, sqlite string) Clause { return SQL("?", dialectSQL{postgres, sqlite}) }

// ByDatabase returns one of two clauses, by the database. Both must have the arguments of a scope only, and no
// other values.
func ByDatabase(postgres, sqlite Clause) Clause {
	return SQL("?", databaseClause{postgres, sqlite})
}

// A databaseClause is a clause that differs between PostgreSQL and SQLite.
type databaseClause struct{ postgres, sqlite Clause }

// AppendQuery appends the clause for the database.
func (c databaseClause) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.PG {
		return c.postgres.AppendQuery(gen, b)
	}
	return c.sqlite.AppendQuery(gen, b)
}

// A dialectSQL is a piece of SQL that differs between PostgreSQL and SQLite.
type dialectSQL struct{ postgres, sqlite string }

// AppendQuery appends the SQL for the dialect.
func (d dialectSQL) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.PG {
		return append(b, d.postgres...), nil
	}
	return append(b, d.sqlite...), nil
}

// List joins clauses with commas.
func List(cs []Clause) Clause {
	c := joinClauses(", ", cs)
	if len(cs) > 1 {
		c.SQL = strings.TrimSuffix(strings.TrimPrefix(c.SQL, "("), ")")
	}
	return c
}

// Tuple is a row value, which both databases compare from left to right.
func Tuple(cs []Clause) Clause {
	if len(cs) == 1 {
		return cs[0]
	}
	sql, args := "(?", []any{cs[0]}
	for _, c := range cs[1:] {
		sql += ", ?"
		args = append(args, c)
	}
	return SQL(sql+")", args...)
}
