package db

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

// leaves appends the clause's text to shape, and its values to values, inner clauses
// included. Clauses of the same shape differ in their values alone.
func (c Clause) leaves(shape []byte, values []any) ([]byte, []any) {
	shape = append(append(shape, c.SQL...), 0)
	for _, a := range c.Args {
		switch a := a.(type) {
		case Clause:
			shape, values = a.leaves(shape, values)
		case idSet, userID, spelling: // of the scope or the dialect, which know them themselves
		default:
			values = append(values, a)
		}
	}
	return shape, values
}

// bound returns the clause with a slot for each of its values in a statement, numbered
// from n on in the order of leaves.
func (c Clause) bound(n *int) Clause {
	args := make([]any, len(c.Args))
	for i, a := range c.Args {
		switch a := a.(type) {
		case Clause:
			args[i] = a.bound(n)
		case idSet, userID, spelling:
			args[i] = a
		default:
			args[i] = slot{of: ofValues, index: *n}
			*n++
		}
	}
	return Clause{c.SQL, args}
}

// text returns the clause without placeholders; its arguments must be clauses themselves.
func (c Clause) text() string {
	sql := c.SQL
	for _, a := range c.Args {
		sql = strings.Replace(sql, "?", a.(Clause).text(), 1)
	}
	return sql
}

func clause(sql string, args ...any) Clause { return Clause{sql, args} }

// never holds for no row, always for every one.
var (
	never  = clause("FALSE")
	always = clause("TRUE")
)

func (c Clause) empty() bool { return c.SQL == "" }

// in says that column has one of the ids; with no ids it never holds.
func in(column string, ids idSet) Clause {
	if len(ids.ids) == 0 {
		return never
	}
	return clause(column+" ?", ids)
}

// anyOf says that column has one of the values.
func anyOf[T ~string](column string, values []T) Clause {
	if len(values) == 0 {
		return never
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = string(v)
	}
	return clause(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// and holds when all clauses hold.
func and(cs ...Clause) Clause {
	for _, c := range cs {
		if c.SQL == never.SQL {
			return never
		}
	}
	return joined(" AND ", cs)
}

// or holds when one of the clauses holds. Clauses that never hold are left out.
func or(cs ...Clause) Clause {
	kept := make([]Clause, 0, len(cs))
	for _, c := range cs {
		if c.SQL != never.SQL {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return never
	}
	return joined(" OR ", kept)
}

func joined(sep string, cs []Clause) Clause {
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

// among says that column has one of the values that query reads. In PostgreSQL they are
// an array: the query can not become a part of the one around it, since that is mostly a
// LATERAL, and to be looked up in an index the values must be there first.
func among(column string, query Clause) Clause {
	return clause(column+" ?(?)?", spelling{"= ANY(ARRAY", "IN "}, query, spelling{")", ""})
}

// A spelling is what one and the same thing is called in PostgreSQL and in SQLite.
type spelling struct{ postgres, sqlite string }

// AppendQuery appends the word of the dialect.
func (w spelling) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.PG {
		return append(b, w.postgres...), nil
	}
	return append(b, w.sqlite...), nil
}

// list spells clauses one after the other.
func list(cs []Clause) Clause {
	c := joined(", ", cs)
	if len(cs) > 1 {
		c.SQL = strings.TrimSuffix(strings.TrimPrefix(c.SQL, "("), ")")
	}
	return c
}

// tuple spells a row value, which both databases compare from left to right.
func tuple(cs []Clause) Clause {
	if len(cs) == 1 {
		return cs[0]
	}
	sql, args := "(?", []any{cs[0]}
	for _, c := range cs[1:] {
		sql += ", ?"
		args = append(args, c)
	}
	return clause(sql+")", args...)
}
