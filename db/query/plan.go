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

// A Join is an edge of a Plan with its parameters.
type Join struct {
	Edge AnyEdge
	// Many is set when the plan reads all rows of the join; otherwise it reads only the first row.
	Many bool
	// Key is the list of columns of the previous join that form the parent's key in this join. The rows
	// of the plan have them only if they are among the columns of the previous join.
	// The first join needs none: its parents are the keys that Snapshot.Read gets.
	Key    []string
	Params Params
}

// A Plan describes what one statement reads: the rows of one edge, or of a chain of edges in
// which each edge starts from the first row, or from every row, of the previous edge. The
// edges build the SQL. Plans of the same shape share a prepared statement: plans
// have the same shape if they differ only in the values of their conditions and in the sizes of their
// pages.
type Plan struct {
	Joins []Join
	// Count counts the rows of each parent instead of reading them.
	Count bool
	// list is the list whose values the plan reads in place of rows, nil for other plans.
	list *listPlan
	// analysis is the analysis whose rows the plan reads, nil for other plans.
	analysis AnyAnalysis
	// shared are the elements that are equal in the keys of all parents, if the statement has parameters
	// for them: see shareKeys.
	shared keyElements
}

// The limits of the cached statements. Without limits a client could fill the memory, for example with
// operations for every set of columns.
const (
	maxStatements     = 500
	maxStatementBytes = 2 << 20
)

// A statement is the SQL of all plans of one shape, with parameters for the values.
type statement struct {
	name, sql string
	params    []param
	// repeated is set if the statement is expected to run again on a connection.
	repeated bool
}

// newStatement returns a statement. The same SQL has the same name on every connection.
func newStatement(sql string, params []param) *statement {
	sum := sha256.Sum256([]byte(sql))
	return &statement{name: "resultgraph_" + hex.EncodeToString(sum[:12]), sql: sql, params: params}
}

// bytes estimates the memory of a statement that is cached by its shape.
func (st *statement) bytes(shape []byte) int {
	return 256 + len(shape) + len(st.sql) + 16*len(st.params)
}

// aggregation returns the aggregation that the plan reads in place of rows, or nil.
func (p *Plan) aggregation() *Aggregation {
	if len(p.Joins) == 0 { // the plan of an analysis
		return nil
	}
	return p.Joins[len(p.Joins)-1].Params.Aggregation
}

// SupportsLateral reports whether a plan may have several joins. SQLite does not support LATERAL.
// Its statements need no round trip, so that one statement for each join is as fast.
func (db *DB) SupportsLateral() bool { return IsPostgres(db) }

// SQL returns the text of the plan's statement, with the parameters $1, $2, and so on.
func (p *Plan) SQL(db *DB, sc Scope) (string, error) {
	st, err := p.buildStatement(db, sc)
	if err != nil {
		return "", err
	}
	return st.sql, nil
}

// prepare returns the statement for PostgreSQL, and appends its values to args.
func (p *Plan) prepare(db *DB, sc Scope, keys []Key, args [][]byte) (*statement, [][]byte, error) {
	st, values, err := p.statement(db, sc)
	if err != nil {
		return nil, nil, err
	}
	text := make([]byte, 0, 256+24*len(keys))
	for _, param := range st.params {
		from := len(text)
		text, err = AppendCell(text, sc.paramValue(param, keys, values))
		if err != nil {
			return nil, nil, err
		}
		args = append(args, text[from:len(text):len(text)])
	}
	return st, args, nil
}

// statement returns the statement of the plan, and the values of its pages and conditions.
func (p *Plan) statement(db *DB, sc Scope) (*statement, []any, error) {
	if len(p.Joins) > 1 && !db.SupportsLateral() {
		return nil, nil, fmt.Errorf("SQLite can not read %d edges with one statement", len(p.Joins))
	}
	shape, values := p.appendShape(db, sc, make([]byte, 0, 1024))
	st, err := p.cachedStatement(db, sc, shape)
	return st, values, err
}

// paramValue returns the value of a parameter.
func (sc Scope) paramValue(p param, keys []Key, values []any) any {
	switch p.source {
	case fromKeys:
		return keyArray{keys, p.index}
	case fromAllKeys:
		return keyTable{keys, keyElements(p.index)}
	case fromSharedKey:
		return keys[0][p.index]
	case fromReviewCourses:
		return sc.Review
	case fromDesignCourses:
		return sc.Design
	case fromLearnCourses:
		return sc.Learn
	case fromUser:
		return sc.User
	case fromPseudonymKey:
		return sc.Pseudonyms.key
	case fromMinGroup:
		return sc.MinGroup
	}
	return values[p.index]
}

// appendShape appends everything on which the SQL of the plan depends, as the key of the statement
// cache. It returns the values of the pages and conditions, on which the SQL does not depend.
func (p *Plan) appendShape(db *DB, sc Scope, shape []byte) ([]byte, []any) {
	var values []any
	shape = append(shape, sc.shape(), boolByte(p.Count), byte(p.shared))
	if p.analysis != nil {
		return p.analysis.statement(db, sc, nil).appendShape(shape, values)
	}
	if p.list != nil {
		shape = append(append(append(shape, p.list.Name...), 0), p.list.course...)
	}
	shape = append(shape, 0)
	for _, j := range p.Joins {
		shape = append(append(shape, j.Edge.Name()...), 0, boolByte(j.Many)|boolByte(j.Params.members)<<1)
		for _, names := range [][]string{j.Key, j.Params.Columns} {
			for _, c := range names {
				shape = append(append(shape, c...), 0)
			}
			shape = append(shape, 2)
		}
		shape = append(append(shape, j.Params.Order.name()...), 0)
		if page := j.Params.Page; page != nil {
			shape = append(shape, 'p', boolByte(page.Backward()))
			values = append(values, j.Params.rowLimit())
		}
		for _, c := range j.Edge.conditions(db, sc, j.Params) {
			shape, values = c.appendShape(shape, values)
		}
		if a := j.Params.Aggregation; a != nil {
			shape, values = a.appendShape(append(shape, 'a'), values)
		}
		shape = append(shape, 1)
	}
	return shape, values
}

// shape returns a bit for each part of the scope on which the conditions depend.
func (sc Scope) shape() byte {
	return boolByte(len(sc.Review.ids) > 0) | boolByte(len(sc.Design.ids) > 0)<<1 | boolByte(len(sc.Learn.ids) > 0)<<2 | boolByte(sc.system)<<3 |
		boolByte(sc.Pseudonyms.Exist())<<4 | boolByte(sc.FiguresOnly())<<5
}

func boolByte(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// cachedStatement returns the statement of a shape. The first two calls build it, and the
// second puts it into the cache.
func (p *Plan) cachedStatement(db *DB, sc Scope, shape []byte) (*statement, error) {
	if st, ok := db.statements.Get(string(shape)); ok {
		return st, nil
	}
	st, err := p.buildStatement(db, sc)
	if err == nil {
		if st.repeated = db.statements.Repeated(string(shape)); st.repeated {
			db.statements.Add(string(shape), st, st.bytes(shape))
		}
	}
	return st, err
}

// buildStatement returns the SQL with parameters for the values of the pages, the conditions, the
// scope and the keys.
func (p *Plan) buildStatement(db *DB, sc Scope) (*statement, error) {
	d := &paramDialect{Dialect: db.Dialect()}
	b, err := p.withParams(db, sc).AppendQuery(schema.NewQueryGen(d), nil)
	if err != nil {
		return nil, err
	}
	return newStatement(p.shared.replace(string(b), d), d.params), nil
}

// withParams returns the statement with a param in place of each value, numbered in the order of
// appendShape.
func (p *Plan) withParams(db *DB, sc Scope) schema.QueryAppender {
	n := 0
	if p.analysis != nil {
		return p.analysis.statement(db, sc, nil).withParams(&n)
	}
	joins := slices.Clone(p.Joins)
	for i := range joins {
		params := &joins[i].Params
		if params.Page != nil {
			params.limitParam = &param{source: fromValues, index: n}
			n++
		}
		filter := slices.Clone(joins[i].Edge.conditions(db, sc, *params))
		for k, c := range filter {
			filter[k] = c.withParams(&n)
		}
		params.Filter, params.cursorsInFilter = filter, true
		if params.Aggregation != nil {
			params.Aggregation = params.Aggregation.withParams(&n)
		}
	}
	return p.selectQuery(db, sc, joins, nil)
}

// selectQuery returns the statement that reads or counts the rows of the joins, or the values of the
// list.
func (p *Plan) selectQuery(db *DB, sc Scope, joins []Join, keys []Key) schema.QueryAppender {
	if p.list != nil {
		return p.list.selectQuery(db, sc, joins, keys)
	}
	last := joins[len(joins)-1]
	last.Params.exactColumns, last.Params.shared = true, p.shared
	switch {
	case p.Count:
		return last.Edge.selectCounts(db, sc, keys, last.Params)
	case p.shared != 0 && p.shared == p.keyElements():
		return last.Edge.selectOfOne(db, sc, last.Params)
	case len(joins) == 1:
		return last.Edge.Select(db, sc, keys, last.Params)
	}
	return selectChain(db, sc, joins, keys)
}

// selectQuery returns the statement that reads the values of the list.
func (l *listPlan) selectQuery(db *DB, sc Scope, joins []Join, keys []Key) *bun.SelectQuery {
	if l.course == "" {
		return l.selectValues(db, keys, 1)
	}
	q := db.NewSelect()
	addJoins(q, db, sc, joins)
	return l.addValues(q, l.course)
}

// selectChain returns the statement that joins each edge to the previous one with LATERAL. If only one
// join has several rows for each parent, they keep their order: see Edge.selectLateral.
func selectChain(db *DB, sc Scope, joins []Join, keys []Key) *bun.SelectQuery {
	q := db.NewSelect()
	if width := joins[0].Edge.keyWidth(); width > 0 {
		q.ColumnExpr("parent.ordinal - 1 AS parent").TableExpr("?", parentTable(keys, width, true))
	} else {
		q.ColumnExpr("0 AS parent")
	}
	directions := addJoins(q, db, sc, joins)
	for i, j := range joins {
		for _, c := range j.columnNames() {
			q.ColumnExpr("?.?", joinName(i), c)
		}
	}
	if lists(joins) < 2 {
		return q
	}
	for i, j := range joins {
		for o, direction := range directions[i] {
			if j.Many {
				q.OrderExpr("?.? ?", joinName(i), orderColumnName(o), direction)
			}
		}
	}
	return q
}

// lists returns the number of joins that have several rows for each parent.
func lists(joins []Join) (n int) {
	for _, j := range joins {
		if j.Many {
			n++
		}
	}
	return n
}

// addJoins adds the tables of a chain to a statement: join0, join1, and so on. It returns the directions
// in which the order columns of each join sort its rows.
func addJoins(q *bun.SelectQuery, db *DB, sc Scope, joins []Join) (directions [][]bun.Safe) {
	for i, j := range joins {
		j.Params.exactColumns = true
		if i+1 < len(joins) {
			j.Params.Columns = withColumns(j.Params.Columns, joins[i+1].Key)
		}
		rows, sorted := j.Edge.selectJoin(db, sc, j.previousKey(i), j.Params, !j.Many)
		directions = append(directions, sorted)
		switch {
		case i > 0:
			q.Join("LEFT JOIN LATERAL (?) AS ? ON TRUE", rows, joinName(i))
		case j.Edge.keyWidth() > 0:
			q.Join("CROSS JOIN LATERAL (?) AS ?", rows, joinName(i))
		default:
			q.TableExpr("(?) AS ?", rows, joinName(i))
		}
	}
	return directions
}

// columnNames returns the names of the columns that the plan reads from the join.
func (j Join) columnNames() (names []bun.Ident) {
	if a := j.Params.Aggregation; a != nil {
		return a.columnNames()
	}
	for _, c := range j.Params.Columns {
		names = append(names, bun.Ident(c))
	}
	return names
}

// withColumns returns columns with those of key that are missing.
func withColumns(columns, key []string) []string {
	out := slices.Clip(columns)
	for _, c := range key {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func joinName(i int) bun.Ident { return bun.Ident("join" + strconv.Itoa(i)) }

// previousKey returns the SQL of the key of the join at index i, from the columns of the previous
// join. It returns "" for the first join.
func (j Join) previousKey(i int) string {
	from := ""
	if i == 0 {
		return from
	}
	for k, c := range j.Key {
		if k > 0 {
			from += ", "
		}
		from += fmt.Sprintf("join%d.%s AS k%d", i-1, c, k)
	}
	return from
}
