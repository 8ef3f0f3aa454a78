package db

import (
	"strings"

	"github.com/uptrace/bun"
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
func in(column string, ids []int64) Clause {
	if len(ids) == 0 {
		return never
	}
	return clause(column+" IN (?)", bun.List(ids))
}

// and holds when all clauses hold.
func and(cs ...Clause) Clause { return joined(" AND ", cs) }

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
