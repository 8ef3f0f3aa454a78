package query

import (
	"strings"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// A Clause is a piece of SQL with its arguments, in bun's form: a ? for each.
type Clause struct {
	SQL  string
	Args []any
}

// AppendQuery lets a clause be an argument of another.
func (c Clause) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	return gen.AppendQuery(b, c.SQL, c.Args...), nil
}

// appendShape appends the clause's text to shape, and its values to values, inner clauses
// included. Clauses of the same shape differ in their values alone.
func (c Clause) appendShape(shape []byte, values []any) ([]byte, []any) {
	shape = append(append(shape, c.SQL...), 0)
	for _, a := range c.Args {
		switch a := a.(type) {
		case Clause:
			shape, values = a.appendShape(shape, values)
		case CourseSet, UserID, dialectSQL: // of the scope or the dialect, which know them themselves
		default:
			values = append(values, a)
		}
	}
	return shape, values
}

// withParams returns the clause with a slot for each of its values in a statement, numbered
// from n on in the order of leaves.
func (c Clause) withParams(n *int) Clause {
	args := make([]any, len(c.Args))
	for i, a := range c.Args {
		switch a := a.(type) {
		case Clause:
			args[i] = a.withParams(n)
		case CourseSet, UserID, dialectSQL:
			args[i] = a
		default:
			args[i] = param{source: fromValues, index: *n}
			*n++
		}
	}
	return Clause{c.SQL, args}
}

// Text returns the clause without placeholders; its arguments must be clauses themselves.
func (c Clause) Text() string {
	sql := c.SQL
	for _, a := range c.Args {
		sql = strings.Replace(sql, "?", a.(Clause).Text(), 1)
	}
	return sql
}

func SQL(sql string, args ...any) Clause { return Clause{sql, args} }

// Never holds for no row, always for every one.
var (
	Never  = SQL("FALSE")
	Always = SQL("TRUE")
)

func (c Clause) isEmpty() bool { return c.SQL == "" }

// In says that column has one of the ids; with no ids it never holds.
func In(column string, ids CourseSet) Clause {
	if len(ids.ids) == 0 {
		return Never
	}
	return SQL(column+" ?", ids)
}

// AnyOf says that column has one of the values.
func AnyOf[T ~string](column string, values []T) Clause {
	if len(values) == 0 {
		return Never
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = string(v)
	}
	return SQL(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// And holds when all clauses hold.
func And(cs ...Clause) Clause {
	for _, c := range cs {
		if c.SQL == Never.SQL {
			return Never
		}
	}
	return joinClauses(" AND ", cs)
}

// Or holds when one of the clauses holds. Clauses that never hold are left out.
func Or(cs ...Clause) Clause {
	kept := make([]Clause, 0, len(cs))
	for _, c := range cs {
		if c.SQL != Never.SQL {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return Never
	}
	return joinClauses(" OR ", kept)
}

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

// InSubquery says that column has one of the values that query reads. In PostgreSQL they are
// an array: the query can not become a part of the one around it, since that is mostly a
// LATERAL, and to be looked up in an index the values must be there first.
func InSubquery(column string, query Clause) Clause {
	return SQL(column+" ?(?)?", dialectSQL{"= ANY(ARRAY", "IN "}, query, dialectSQL{")", ""})
}

// A dialectSQL is what one and the same thing is called in PostgreSQL and in SQLite.
type dialectSQL struct{ postgres, sqlite string }

// AppendQuery appends the word of the dialect.
func (w dialectSQL) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.PG {
		return append(b, w.postgres...), nil
	}
	return append(b, w.sqlite...), nil
}

// List spells clauses one after the other.
func List(cs []Clause) Clause {
	c := joinClauses(", ", cs)
	if len(cs) > 1 {
		c.SQL = strings.TrimSuffix(strings.TrimPrefix(c.SQL, "("), ")")
	}
	return c
}

// Tuple spells a row value, which both databases compare from left to right.
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
