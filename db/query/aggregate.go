package query

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// An Aggregation describes figures about the rows of an edge, such as their number: see
// Params.Aggregation. A statement computes them for all parents together, from the rows that it would
// read otherwise, without the page.
type Aggregation struct {
	// Sources are the rows to aggregate. Several sources are aggregated together.
	Sources []Source
	// GroupBy are the columns of the sources that are equal in the rows of a group. If it is nil, all rows
	// of a parent are one group, also if there are none. Otherwise a group has rows.
	GroupBy []string
	// Columns are the figures of a group. They refer to the columns of the sources as src.NAME, and must
	// ignore rows whose columns are all null.
	Columns []Clause
	// Having are the conditions on groups, and Order sorts the groups of a parent. Groups without a value
	// follow the others. The page of the Params limits the groups of each parent. All three need GroupBy.
	Having []Clause
	Order  []AggregateOrder
	// Expand, if it is not nil, returns the groups that take the place of a group, such as groups without
	// rows before it. Previous is the group before it of the same parent, nil for the first one. The cells
	// are valid until the next call.
	Expand func(previous, group AggregateRow) ([]AggregateRow, error)
	// Apart, if it is not nil, is a number of values that a subquery of its own counts.
	Apart *CountApart
	// Students is the number of students in a group, for callers who may read only figures: see protected.
	// If it is empty, these callers see no figure of the aggregation.
	Students Clause
	// RowsRead, if it is not nil, is a counter to which reading adds the number of rows of the sources that
	// are in a group that meets Having.
	RowsRead *atomic.Int64
}

// A Source reads columns of the rows of an edge, and of rows of other tables that are joined to them.
type Source struct {
	// Joins are the joins, such as "JOIN step AS stp ON …".
	Joins   []Clause
	Columns []SourceColumn
	// Filter, if it is not nil, replaces the filter of the Params.
	Filter []Clause
}

// A SourceColumn is an expression with a name. All sources of an aggregation have the same names in the
// same order.
type SourceColumn struct {
	Name string
	Expr Clause
}

// An AggregateOrder sorts groups by a figure.
type AggregateOrder struct {
	Figure Clause
	Desc   bool
}

// GroupCount is the SQL of the number of groups of a parent on all pages, for Aggregation.Columns.
var GroupCount = SQL("count(*) OVER (?)", dialectSQL{"", "PARTITION BY src.parent"})

// FirstKeyElement is the SQL of the first element of the parent's key, for Aggregation.Columns.
var FirstKeyElement = Dialect("parent.k0", "min(src.k0)")

// AggregateRow has the cells of a group, in the order of Aggregation.Columns. A cell is nil for NULL.
type AggregateRow [][]byte

// appendShape appends everything on which the SQL depends to shape, and the values to values, as
// Clause.appendShape does.
func (a *Aggregation) appendShape(shape []byte, values []any) ([]byte, []any) {
	a.mapClauses(func(c Clause) Clause {
		shape, values = c.appendShape(shape, values)
		return c
	})
	for _, s := range a.Sources {
		for _, c := range s.Columns {
			shape = append(append(shape, c.Name...), 0)
		}
		shape = append(shape, 1, byte(len(s.Joins)), byte(len(s.Filter)))
	}
	for _, name := range a.GroupBy {
		shape = append(append(shape, name...), 0)
	}
	for _, o := range a.Order {
		shape = append(shape, boolByte(o.Desc))
	}
	return append(shape, boolByte(a.RowsRead != nil), boolByte(a.Apart != nil), byte(len(a.Columns)), byte(len(a.Having))), values
}

// withParams returns the aggregation with a param in place of each value, numbered from n on in the order
// of appendShape.
func (a *Aggregation) withParams(n *int) *Aggregation {
	return a.mapClauses(func(c Clause) Clause { return c.withParams(n) })
}

// mapClauses returns the aggregation with the value of f in place of each clause.
func (a *Aggregation) mapClauses(f func(Clause) Clause) *Aggregation {
	mapped := func(clauses []Clause) []Clause {
		out := make([]Clause, len(clauses))
		for i, c := range clauses {
			out[i] = f(c)
		}
		return out
	}
	out := &Aggregation{GroupBy: a.GroupBy, RowsRead: a.RowsRead, Sources: slices.Clone(a.Sources), Order: slices.Clone(a.Order)}
	for i, s := range a.Sources {
		out.Sources[i] = Source{Joins: mapped(s.Joins), Columns: slices.Clone(s.Columns)}
		if s.Filter != nil {
			out.Sources[i].Filter = mapped(s.Filter)
		}
		for k, c := range s.Columns {
			out.Sources[i].Columns[k].Expr = f(c.Expr)
		}
	}
	out.Columns, out.Having, out.Students = mapped(a.Columns), mapped(a.Having), f(a.Students)
	if a.Apart != nil {
		out.Apart = &CountApart{f(a.Apart.Value), f(a.Apart.Join), f(a.Apart.Unless)}
	}
	for i, o := range a.Order {
		out.Order[i].Figure = f(o.Figure)
	}
	return out
}

// selectAggregates returns the statement that reads the figures of all parents. Its columns are "parent",
// the index of the parent in keys, and then those of the aggregation.
func (e *Edge[T]) selectAggregates(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery {
	p.Aggregation, sc = p.Aggregation.protected(sc), sc.WithRows()
	if IsPostgres(db) {
		return e.selectAggregatesLateral(db, sc, keys, p)
	}
	return e.selectAggregatesJoined(db, sc, keys, p)
}

// protected returns the aggregation as the caller sees it. Callers who may read only figures see none about
// fewer students than the scope says: such groups are left out, and the figures are null if all rows are one
// group.
func (a *Aggregation) protected(sc Scope) *Aggregation {
	if !sc.FiguresOnly() {
		return a
	}
	out := *a
	if a.GroupBy != nil {
		out.Having = append(slices.Clone(a.Having), enough(sc, a.Students))
		return &out
	}
	out.Columns = make([]Clause, len(a.Columns))
	for i, c := range a.Columns {
		out.Columns[i] = IfEnough(sc, a.Students, c)
	}
	return &out
}

// IfEnough returns the SQL of a figure, or of NULL if it is about fewer students than a caller may see who may
// read only figures.
func IfEnough(sc Scope, students, figure Clause) Clause {
	if !sc.FiguresOnly() {
		return figure
	}
	return SQL("CASE WHEN ? THEN ? END", enough(sc, students), figure)
}

// enough is the condition that there are enough students for a figure.
func enough(sc Scope, students Clause) Clause {
	if students.isEmpty() {
		return Never
	}
	return SQL("? >= ?", students, sc.MinGroup)
}

// selectAggregatesLateral is selectAggregates for PostgreSQL. It aggregates the rows of one parent after
// the other.
func (e *Edge[T]) selectAggregatesLateral(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery {
	q := db.NewSelect().ColumnExpr("parent.ordinal - 1 AS parent")
	return e.selectFigures(q, db, sc, parentTable(keys, e.KeyWidth, true), p)
}

// selectFigures adds the figures of each row of a table of parents to a statement for PostgreSQL.
func (e *Edge[T]) selectFigures(q *bun.SelectQuery, db *DB, sc Scope, parents Clause, p Params) *bun.SelectQuery {
	a := p.Aggregation
	if e.Unique != nil {
		a = a.withUnique(e.Unique(p.Filter))
	}
	groups := a.selectGroups(db, e.unionSources(db, sc, nil, p))
	for _, o := range a.Order {
		groups.OrderExpr("?", o)
	}
	limited := SQL("?", groups)
	if p.Page != nil {
		limited = p.withLimit(groups)
	}
	a.addFigures(q)
	q.TableExpr("?", parents)
	if a.Apart != nil {
		q.Join("CROSS JOIN LATERAL (?) AS apart", e.selectApart(db, sc, p))
	}
	return q.Join("CROSS JOIN LATERAL (?) AS fig", limited)
}

// selectAggregatesJoined is selectAggregates for SQLite, which has no LATERAL: it groups the rows of all
// parents.
func (e *Edge[T]) selectAggregatesJoined(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery {
	a := p.Aggregation
	groups := a.selectGroups(db, e.unionSources(db, sc, keys, p)).ColumnExpr("src.parent AS parent").GroupExpr("src.parent")
	out := db.NewSelect().ColumnExpr("fig.parent")
	a.addFigures(out)
	if a.GroupBy != nil {
		order := SQL("")
		for i, o := range a.Order {
			order = SQL("?"+[]string{" ORDER BY ", ", "}[min(i, 1)]+"?", order, o)
		}
		groups.ColumnExpr("row_number() OVER (PARTITION BY src.parent?) AS place", order)
		out.OrderExpr("fig.parent, fig.place")
	} else {
		out.OrderExpr("fig.parent")
	}
	if p.Page != nil {
		out.Where("fig.place <= ?", p.limitValue())
	}
	return out.TableExpr("(?) AS fig", groups)
}

// addFigures adds the columns of the groups to a statement.
func (a *Aggregation) addFigures(q *bun.SelectQuery) {
	for _, name := range a.columnNames() {
		q.ColumnExpr("fig.?", name)
	}
}

// columnNames returns the names of the columns of a group.
func (a *Aggregation) columnNames() (names []bun.Ident) {
	for i := range a.Columns {
		names = append(names, figureName(i))
	}
	if a.RowsRead != nil {
		names = append(names, rowsReadName)
	}
	return names
}

// selectGroups returns the statement that aggregates the rows of the sources, without their order.
func (a *Aggregation) selectGroups(db *DB, sources Clause) *bun.SelectQuery {
	q := db.NewSelect().TableExpr("(?) AS src", sources)
	for i, c := range a.Columns {
		q.ColumnExpr("? AS ?", c, figureName(i))
	}
	if a.RowsRead != nil {
		q.ColumnExpr("? AS ?", a.rowsRead(), rowsReadName)
	}
	for _, name := range a.GroupBy {
		q.GroupExpr("src.?", bun.Ident(name))
	}
	for _, c := range a.Having {
		q.Having("?", c)
	}
	return q
}

// unionSources returns the statement that reads the rows of all sources. On SQLite it reads those of all
// parents and, without groups, an empty row for each parent.
func (e *Edge[T]) unionSources(db *DB, sc Scope, keys []Key, p Params) Clause {
	p.Page = nil
	a, pg := p.Aggregation, IsPostgres(db)
	var sources []Clause
	for _, s := range a.Sources {
		q := db.NewSelect().TableExpr("?", e.table(db))
		if !pg {
			q = db.NewSelect().ColumnExpr("parent.ordinal AS parent, parent.k0").
				TableExpr("?", parentTable(keys, e.KeyWidth, false)).Join("CROSS JOIN ?", e.table(db))
		}
		for _, c := range s.Columns {
			q.ColumnExpr("? AS ?", c.Expr, bun.Ident(c.Name))
		}
		for _, j := range s.Joins {
			q.Join("?", j)
		}
		rows := p
		if s.Filter != nil {
			rows.Filter = s.Filter
		}
		sources = append(sources, SQL("?", e.where(q, db, sc, rows)))
	}
	if !pg && a.GroupBy == nil {
		q := db.NewSelect().ColumnExpr("parent.ordinal, parent.k0").TableExpr("?", parentTable(keys, e.KeyWidth, false))
		for range a.Sources[0].Columns {
			q.ColumnExpr("NULL")
		}
		sources = append(sources, SQL("?", q))
	}
	if pg && len(sources) == 1 { // OFFSET 0 keeps PostgreSQL from computing a column again for each figure
		return SQL("? OFFSET 0", sources[0])
	}
	union := sources[0]
	for _, s := range sources[1:] {
		union = SQL("? UNION ALL ?", union, s)
	}
	return union
}

func figureName(i int) bun.Ident { return bun.Ident("f" + strconv.Itoa(i)) }

// LoadAggregates returns the groups of each parent, in the order of keys. It reads one group more than
// the page holds if there is another one.
func (e *Edge[T]) LoadAggregates(ctx context.Context, db *DB, sc Scope, keys []Key, p Params) ([][]AggregateRow, error) {
	distinct, indexes := distinctKeys(keys)
	conn, release, err := db.conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("aggregate %s: %w", e.Path, WrapError(err))
	}
	defer release()
	rows, err := e.Select(db, sc, distinct, p).Conn(conn).Rows(ctx)
	if err != nil {
		return nil, fmt.Errorf("aggregate %s: %w", e.Path, WrapError(err))
	}
	byParent, err := readAggregates(rows, len(distinct))
	if err == nil {
		err = p.Aggregation.countRows(byParent)
	}
	if err == nil && p.Aggregation.Expand != nil {
		err = p.Aggregation.expandAll(byParent)
	}
	if err != nil {
		return nil, fmt.Errorf("aggregate %s: %w", e.Path, WrapError(err))
	}
	out := make([][]AggregateRow, len(keys))
	for i, at := range indexes {
		out[i] = byParent[at]
	}
	return out, nil
}

// readAggregates reads the groups of a number of parents, and closes the rows.
func readAggregates(rows *sql.Rows, parents int) ([][]AggregateRow, error) {
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	raw, into := make([]sql.RawBytes, len(names)), make([]any, len(names))
	for i := range raw {
		into[i] = &raw[i]
	}
	byParent := make([][]AggregateRow, parents)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		parent, err := ParseInt(raw[0])
		if err != nil {
			return nil, err
		}
		row := make(AggregateRow, len(raw)-1)
		for i, cell := range raw[1:] {
			row[i] = slices.Clone(cell)
		}
		byParent[parent] = append(byParent[parent], row)
	}
	return byParent, rows.Err()
}

// AppendQuery appends the term of ORDER BY.
func (o AggregateOrder) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	direction := " ASC"
	if o.Desc {
		direction = " DESC"
	}
	b, err := o.Figure.AppendQuery(gen, b)
	return append(append(b, direction...), " NULLS LAST"...), err
}
