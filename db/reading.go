package db

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A Hop is one edge of a Reading with what is asked along it.
type Hop struct {
	Link Link
	// Many tells that all rows are wanted; of other hops but the last the first one is.
	Many bool
	// Key names the columns of the hop before that make the key of this one; the first
	// hop starts from the keys that Read gets.
	Key    []string
	Params Params
}

// A Reading is what one statement reads: the rows that an edge leads to, or a chain of
// edges of which each starts from the only row, or from every row, that the one before
// it found. Its SQL is
// that of the edges; on PostgreSQL it is written once for readings of the same shape,
// with slots for the values, so that the server prepares it once.
type Reading struct {
	Hops []Hop
	// Count makes it a reading of how many rows each parent has, instead of the rows.
	Count bool
}

// mostStatements is how many statements a store keeps: with hostile operations and
// arguments, such as every page size there is, there could be any number.
const mostStatements = 1000

// A statement is the SQL of readings of one shape, with slots for the values.
type statement struct {
	name, sql string
	slots     []slot
}

// Fused reports whether a store reads chains of hops with one statement. SQLite can not,
// and needs not: its statements have no way to travel.
func (db *DB) Fused() bool { return isPostgres(db) }

// plain writes the statement with all values in it, for SQLite.
func (r *Reading) plain(db *DB, sc Scope, keys []Key) (string, error) {
	if len(r.Hops) != 1 {
		return "", fmt.Errorf("read %s: a chain of %d edges, where the database reads one at a time", r.Hops[0].Link.Name(), len(r.Hops))
	}
	q := r.query(db, sc, r.Hops, keys)
	b, err := q.AppendQuery(schema.NewQueryGen(db.Dialect()), nil)
	return string(b), err
}

// prepared returns the statement for PostgreSQL, and appends its values to args.
func (r *Reading) prepared(db *DB, sc Scope, keys []Key, args [][]byte) (*statement, [][]byte, error) {
	shape, values := r.shape(db, sc, make([]byte, 0, 1024))
	st, err := r.known(db, sc, shape)
	if err != nil {
		return nil, nil, err
	}
	text := make([]byte, 0, 256+24*len(keys))
	for _, p := range st.slots {
		from := len(text)
		text, err = appendText(text, sc.value(p, keys, values))
		if err != nil {
			return nil, nil, err
		}
		args = append(args, text[from:len(text):len(text)])
	}
	return st, args, nil
}

// value returns what belongs in a slot.
func (sc Scope) value(p slot, keys []Key, values []any) any {
	switch p.of {
	case ofKeys:
		return keyColumn{keys, p.index}
	case ofReview:
		return sc.review
	case ofDesign:
		return sc.design
	case ofLearn:
		return sc.learn
	case ofUser:
		return sc.user
	}
	return values[p.index]
}

// shape appends everything that the SQL depends on, and returns the values that it does
// not depend on.
func (r *Reading) shape(db *DB, sc Scope, shape []byte) ([]byte, []any) {
	var values []any
	shape = append(shape, sc.shape(), bit(r.Count))
	for _, h := range r.Hops {
		shape = append(append(shape, h.Link.Name()...), 0, bit(h.Many))
		for _, names := range [][]string{h.Key, h.Params.Columns} {
			for _, c := range names {
				shape = append(append(shape, c...), 0)
			}
			shape = append(shape, 2)
		}
		o := h.Params.Order
		shape = append(append(shape, o.Column...), 0, bit(o.Desc))
		if p := h.Params.Page; p != nil {
			shape = append(strconv.AppendInt(shape, int64(p.limit()), 10), bit(p.backward()))
		}
		for _, c := range h.Link.conditions(db, sc, h.Params) {
			shape, values = c.leaves(shape, values)
		}
		shape = append(shape, 1)
	}
	return shape, values
}

// shape tells which of the scope's sets are empty, by which its conditions differ.
func (sc Scope) shape() byte {
	return bit(len(sc.review.ids) > 0) | bit(len(sc.design.ids) > 0)<<1 | bit(len(sc.learn.ids) > 0)<<2 | bit(sc.system)<<3
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// known returns the statement of a shape, and writes it the first time.
func (r *Reading) known(db *DB, sc Scope, shape []byte) (*statement, error) {
	if st, ok := db.statements.Get(string(shape)); ok {
		return st, nil
	}
	st, err := r.write(db, sc)
	if err == nil {
		db.statements.Add(string(shape), st)
	}
	return st, err
}

// write has bun write the SQL, with slots for the values of the conditions, of the
// scope and of the keys.
func (r *Reading) write(db *DB, sc Scope) (*statement, error) {
	d := &slotted{Dialect: db.Dialect()}
	hops := slices.Clone(r.Hops)
	n := 0
	for i := range hops {
		p := &hops[i].Params
		filter := slices.Clone(hops[i].Link.conditions(db, sc, *p))
		for j, c := range filter {
			filter[j] = c.bound(&n)
		}
		p.Filter, p.whole = filter, true
	}
	q := r.query(db, sc, hops, nil)
	b, err := q.AppendQuery(schema.NewQueryGen(d), nil)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b) // the same statement has the same name, whoever reads it
	return &statement{name: "resultgraph_" + hex.EncodeToString(sum[:12]), sql: string(b), slots: d.slots}, nil
}

// query is the statement of the hops: that of the edge, or a join of all.
func (r *Reading) query(db *DB, sc Scope, hops []Hop, keys []Key) *bun.SelectQuery {
	last := hops[len(hops)-1]
	last.Params.exact = true
	switch {
	case r.Count:
		return last.Link.counts(db, sc, keys, last.Params)
	case len(hops) == 1:
		return last.Link.Select(db, sc, keys, last.Params)
	}
	return chain(db, sc, hops)
}

// chain joins each hop to the rows of the one before it, in PostgreSQL's words.
func chain(db *DB, sc Scope, hops []Hop) *bun.SelectQuery {
	q := db.NewSelect().ColumnExpr("0 AS parent")
	for i, h := range hops {
		h.Params.exact = true
		many := h.Many || i == len(hops)-1
		inner, orders := h.Link.hop(db, sc, h.from(i), h.Params, !many)
		x := bun.Ident("x" + strconv.Itoa(i))
		for _, c := range h.Params.Columns {
			q.ColumnExpr("?.?", x, bun.Ident(c))
		}
		if i == 0 {
			q.TableExpr("(?) AS ?", inner, x)
		} else {
			q.Join("LEFT JOIN LATERAL (?) AS ? ON TRUE", inner, x)
		}
		for o := range orders {
			if many {
				q.OrderExpr("?.? ?", x, orderIdent(o), h.Params.direction())
			}
		}
	}
	return q
}

// from spells the key of a hop from the row of the one before.
func (h Hop) from(i int) string {
	from := ""
	for j, c := range h.Key {
		if j > 0 {
			from += ", "
		}
		from += fmt.Sprintf("x%d.%s AS k%d", i-1, c, j)
	}
	return from
}
