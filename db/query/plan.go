package query

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A Join is one edge of a Reading with what is asked along it.
type Join struct {
	Edge AnyEdge
	// Many tells that all rows are wanted; of other hops but the last the first one is.
	Many bool
	// Key names the columns of the hop before that make the key of this one; the first
	// hop starts from the keys that Read gets.
	Key    []string
	Params Params
}

// A Plan is what one statement reads: the rows that an edge leads to, or a chain of
// edges of which each starts from the only row, or from every row, that the one before
// it found. Its SQL is
// that of the edges; on PostgreSQL it is written once for readings of the same shape,
// with slots for the values, so that the server prepares it once.
type Plan struct {
	Joins []Join
	// Count makes it a reading of how many rows each parent has, instead of the rows.
	Count bool
}

// maxStatements is how many statements a store keeps: with hostile operations and
// arguments, such as every page size there is, there could be any number.
const maxStatements = 1000

// A statement is the SQL of readings of one shape, with slots for the values.
type statement struct {
	name, sql string
	params    []param
}

// SupportsLateral reports whether a store reads chains of hops with one statement. SQLite can not,
// and needs not: its statements have no way to travel.
func (db *DB) SupportsLateral() bool { return IsPostgres(db) }

// literalSQL writes the statement with all values in it, for SQLite.
func (r *Plan) literalSQL(db *DB, sc Scope, keys []Key) (string, error) {
	if len(r.Joins) != 1 {
		return "", fmt.Errorf("read %s: a chain of %d edges, where the database reads one at a time", r.Joins[0].Edge.Name(), len(r.Joins))
	}
	q := r.selectQuery(db, sc, r.Joins, keys)
	b, err := q.AppendQuery(schema.NewQueryGen(db.Dialect()), nil)
	return string(b), err
}

// prepare returns the statement for PostgreSQL, and appends its values to args.
func (r *Plan) prepare(db *DB, sc Scope, keys []Key, args [][]byte) (*statement, [][]byte, error) {
	shape, values := r.appendShape(db, sc, make([]byte, 0, 1024))
	st, err := r.cachedStatement(db, sc, shape)
	if err != nil {
		return nil, nil, err
	}
	text := make([]byte, 0, 256+24*len(keys))
	for _, p := range st.params {
		from := len(text)
		text, err = AppendCell(text, sc.paramValue(p, keys, values))
		if err != nil {
			return nil, nil, err
		}
		args = append(args, text[from:len(text):len(text)])
	}
	return st, args, nil
}

// paramValue returns what belongs in a slot.
func (sc Scope) paramValue(p param, keys []Key, values []any) any {
	switch p.source {
	case fromKeys:
		return keyArray{keys, p.index}
	case fromReviewCourses:
		return sc.Review
	case fromDesignCourses:
		return sc.Design
	case fromLearnCourses:
		return sc.Learn
	case fromUser:
		return sc.User
	}
	return values[p.index]
}

// appendShape appends everything that the SQL depends on, and returns the values that it does
// not depend on.
func (r *Plan) appendShape(db *DB, sc Scope, shape []byte) ([]byte, []any) {
	var values []any
	shape = append(shape, sc.shape(), boolByte(r.Count))
	for _, h := range r.Joins {
		shape = append(append(shape, h.Edge.Name()...), 0, boolByte(h.Many))
		for _, names := range [][]string{h.Key, h.Params.Columns} {
			for _, c := range names {
				shape = append(append(shape, c...), 0)
			}
			shape = append(shape, 2)
		}
		o := h.Params.Order
		shape = append(append(shape, o.Column...), 0, boolByte(o.Desc))
		if p := h.Params.Page; p != nil {
			shape = append(strconv.AppendInt(shape, int64(p.Limit()), 10), boolByte(p.Backward()))
		}
		for _, c := range h.Edge.conditions(db, sc, h.Params) {
			shape, values = c.appendShape(shape, values)
		}
		shape = append(shape, 1)
	}
	return shape, values
}

// shape tells which of the scope's sets are empty, by which its conditions differ.
func (sc Scope) shape() byte {
	return boolByte(len(sc.Review.ids) > 0) | boolByte(len(sc.Design.ids) > 0)<<1 | boolByte(len(sc.Learn.ids) > 0)<<2 | boolByte(sc.system)<<3
}

func boolByte(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// cachedStatement returns the statement of a shape, and writes it the first time.
func (r *Plan) cachedStatement(db *DB, sc Scope, shape []byte) (*statement, error) {
	if st, ok := db.statements.Get(string(shape)); ok {
		return st, nil
	}
	st, err := r.buildStatement(db, sc)
	if err == nil {
		db.statements.Add(string(shape), st)
	}
	return st, err
}

// buildStatement has bun write the SQL, with slots for the values of the conditions, of the
// scope and of the keys.
func (r *Plan) buildStatement(db *DB, sc Scope) (*statement, error) {
	d := &paramDialect{Dialect: db.Dialect()}
	hops := slices.Clone(r.Joins)
	n := 0
	for i := range hops {
		p := &hops[i].Params
		filter := slices.Clone(hops[i].Edge.conditions(db, sc, *p))
		for j, c := range filter {
			filter[j] = c.withParams(&n)
		}
		p.Filter, p.cursorsInFilter = filter, true
	}
	q := r.selectQuery(db, sc, hops, nil)
	b, err := q.AppendQuery(schema.NewQueryGen(d), nil)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b) // the same statement has the same name, whoever reads it
	return &statement{name: "resultgraph_" + hex.EncodeToString(sum[:12]), sql: string(b), params: d.params}, nil
}

// selectQuery is the statement of the hops: that of the edge, or a join of all.
func (r *Plan) selectQuery(db *DB, sc Scope, hops []Join, keys []Key) *bun.SelectQuery {
	last := hops[len(hops)-1]
	last.Params.exactColumns = true
	switch {
	case r.Count:
		return last.Edge.selectCounts(db, sc, keys, last.Params)
	case len(hops) == 1:
		return last.Edge.Select(db, sc, keys, last.Params)
	}
	return selectChain(db, sc, hops)
}

// selectChain joins each hop to the rows of the one before it, in PostgreSQL's words.
func selectChain(db *DB, sc Scope, hops []Join) *bun.SelectQuery {
	q := db.NewSelect().ColumnExpr("0 AS parent")
	for i, h := range hops {
		h.Params.exactColumns = true
		many := h.Many || i == len(hops)-1
		inner, orders := h.Edge.selectJoin(db, sc, h.previousKey(i), h.Params, !many)
		x := bun.Ident("join" + strconv.Itoa(i))
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
				q.OrderExpr("?.? ?", x, orderColumnName(o), h.Params.sortDirection())
			}
		}
	}
	return q
}

// previousKey spells the key of a hop from the row of the one before.
func (h Join) previousKey(i int) string {
	from := ""
	for j, c := range h.Key {
		if j > 0 {
			from += ", "
		}
		from += fmt.Sprintf("join%d.%s AS k%d", i-1, c, j)
	}
	return from
}
