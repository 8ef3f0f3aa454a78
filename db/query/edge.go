package query

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// A Key identifies a parent by its primary key, such as the ids of a course and an assignment.
// The conditions of an edge refer to its elements as parent.k0, parent.k1, and so on. Unused
// elements are 0.
type Key [4]int64

// An Edge of the graph leads from a parent to rows of T. It reads the rows of many parents with
// one statement.
type Edge[T any] struct {
	// Path is the source and the target of the edge, such as "assignment.results", for logs and
	// errors.
	Path string
	// KeyWidth is the number of elements of a parent's key that the edge uses.
	KeyWidth int
	// On is the SQL condition that joins rows to the parent with the key parent.k0, parent.k1, …
	On string
	// OnPostgres replaces On on PostgreSQL if it is not "". It is for conditions that SQLite does
	// not support.
	OnPostgres string
	// Visible returns the condition for rows that a caller may see. It applies to all parents.
	Visible func(Scope) Clause
	// KeptCount returns the SQL of the number of rows of a parent that a filter selects, or an empty
	// clause if the store keeps no such number. The SQL is NULL if the caller may not see all rows of
	// the parent; then Count counts the rows. A nil KeptCount keeps no numbers.
	KeptCount func(sc Scope, filter []Clause) Clause
	// Unique returns a column in which the rows of a parent that a filter selects have different values, or ""
	// if there is none. A nil Unique returns "".
	Unique func(filter []Clause) string
	// ReadWithParents is set if each parent has one row, which few other parents have and which costs
	// little to read. Readers should then read it in the statement that reads the parents.
	ReadWithParents bool
	// KeyColumns has the SQL of the columns of T that are elements of the parent's key. They
	// replace Record.ColumnExpr.
	KeyColumns map[string]string
}

// Params are the filter, the order, the page and the columns of a list. They are the same for all
// parents.
type Params struct {
	Filter []Clause
	Order  Order
	// Page limits the rows of each parent; nil reads all rows.
	Page *Page
	// FigureFilter, if it is not nil, replaces Filter in figures about the rows: see OfFigures.
	FigureFilter []Clause
	// Aggregation, if it is not nil, is read in place of the rows. Then Order and Columns have no effect.
	Aggregation *Aggregation
	// OnlyPage is set if the caller does not need to know whether rows follow the page. Otherwise one more
	// row is read for each parent.
	OnlyPage bool
	// Columns are the columns to read; nil reads all columns.
	Columns []string
	// cursorsInFilter is set when Filter includes the conditions of the page's cursors.
	cursorsInFilter bool
	// exactColumns is set when the statement reads exactly Columns, in this order, without the key
	// columns.
	exactColumns bool
	// limitParam is the parameter for rowLimit if the statement is prepared.
	limitParam *param
	// shared are the elements of the parents' keys that the statement has parameters for: see
	// Plan.shareKeys.
	shared keyElements
	// members is set when the statement reads the id of the person in place of each list: see List.
	members bool
}

// OfFigures returns the parameters of an aggregation with the filter of figures about the rows of a list.
func (p Params) OfFigures(list Params) Params {
	p.Filter = list.Filter
	if list.FigureFilter != nil {
		p.Filter = list.FigureFilter
	}
	return p
}

// rowLimit returns the number of rows to read for each parent: one more than the page holds, unless OnlyPage
// is set.
func (p Params) rowLimit() int {
	if p.OnlyPage {
		return p.Page.Limit()
	}
	return p.Page.Limit() + 1
}

// withLimit returns a statement that ends with its order, with the limit of the page. Without a page it
// adds OFFSET 0, so that PostgreSQL keeps the statement as a subquery with its order.
func (p Params) withLimit(q *bun.SelectQuery) Clause {
	if p.Page == nil {
		return SQL("? OFFSET 0", q)
	}
	return SQL("? LIMIT ?", q, p.limitValue())
}

// limitValue returns rowLimit, or its parameter if the statement is prepared.
func (p Params) limitValue() any {
	if p.limitParam != nil {
		return *p.limitParam
	}
	return p.rowLimit()
}

// Select returns the statement that reads the rows of all parents, sorted by the index of the
// parent in keys and then by the order of p. Its columns are "parent", the index of the row's
// parent in keys, and then the columns of Edge.Columns. With an aggregation it reads figures instead.
func (e *Edge[T]) Select(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery {
	if p.Aggregation != nil {
		return e.selectAggregates(db, sc, keys, p)
	}
	if IsPostgres(db) {
		return e.selectLateral(db, sc, keys, p)
	}
	return e.selectJoined(db, sc, keys, p)
}

// Columns returns the columns that Select reads after "parent", in the order of the statement.
func (e *Edge[T]) Columns(db *DB, p Params) []string {
	if p.exactColumns {
		return p.Columns
	}
	if p.Columns == nil {
		return readColumns[T](db, nil)
	}
	return readColumns[T](db, append(orderColumns[T](p.Order), p.Columns...))
}

// selectLateral is Select for PostgreSQL. It reads the rows of each parent with a LATERAL
// subquery, which sorts them and stops at the end of the page. A join with a LATERAL subquery reads
// the parents one after the other and keeps the order of the rows of each, so that another sort of all
// rows is not needed. Readers check the order of the parents: see rowOrder.
func (e *Edge[T]) selectLateral(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery {
	inner := e.selectRows(db, sc, p)
	outer := db.NewSelect().ColumnExpr("parent.ordinal - 1 AS parent")
	for _, c := range e.Columns(db, p) {
		outer.ColumnExpr("found.?", bun.Ident(c))
	}
	e.addColumns(inner, db, sc, p)
	outer.TableExpr("?", parentTable(keys, e.KeyWidth, true))
	return outer.Join("CROSS JOIN LATERAL (?) AS found", p.withLimit(inner))
}

// addColumns adds the columns of a statement, and the tables that they are read from.
func (e *Edge[T]) addColumns(q *bun.SelectQuery, db *DB, sc Scope, p Params) {
	for _, c := range e.Columns(db, p) {
		q.ColumnExpr("? AS ?", e.column(db, c, sc, p), bun.Ident(c))
		if join := e.columnJoin(c); join != "" {
			q.Join(join)
		}
	}
}

func orderColumnName(i int) bun.Ident { return bun.Ident("o" + strconv.Itoa(i)) }

// selectRows returns the statement that reads the rows of one parent in their order, without its
// columns and its limit.
func (e *Edge[T]) selectRows(db *DB, sc Scope, p Params) *bun.SelectQuery {
	return orderBy[T](e.where(db.NewSelect().TableExpr("?", e.table(db)), db, sc, p), db, sc, p)
}

// selectJoin returns the statement that reads the rows of one parent in their order, or only the first
// of them, for a join in a Plan. From is the list of columns with the parent's key, as k0, k1, and so
// on. The columns o0, o1, and so on sort the rows in the returned directions. With an aggregation the
// statement reads figures instead.
func (e *Edge[T]) selectJoin(db *DB, sc Scope, from string, p Params, onlyFirst bool) (rows Clause, directions []bun.Safe) {
	if p.Aggregation != nil {
		p.Aggregation, sc = p.Aggregation.protected(sc), sc.WithRows()
		return SQL("?", e.selectFigures(db.NewSelect(), db, sc, SQL("(SELECT "+from+") AS parent"), p)), nil
	}
	inner := db.NewSelect()
	if from != "" {
		inner.TableExpr("(SELECT " + from + ") AS parent")
	}
	e.where(inner.TableExpr("?", e.table(db)), db, sc, p)
	e.addColumns(inner, db, sc, p)
	for i, o := range orderClauses[T](db, sc, p.Order) {
		inner.ColumnExpr("? AS ?", o, orderColumnName(i))
	}
	directions = sortDirections[T](p)
	orderBy[T](inner, db, sc, p)
	if onlyFirst {
		return SQL("?", inner.Limit(1)), directions
	}
	return p.withLimit(inner), directions
}

// selectCounts returns the statement that counts the rows of each parent on all pages.
func (e *Edge[T]) selectCounts(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery {
	p.Page = nil
	count := SQL("(?)", e.where(db.NewSelect().ColumnExpr("count(*)").TableExpr("?", e.table(db)), db, sc, p))
	if kept := e.keptCount(sc, p.Filter); !kept.isEmpty() {
		count = SQL("coalesce(?, ?)", kept, count)
	}
	index := "parent.ordinal AS parent"
	if IsPostgres(db) {
		index = "parent.ordinal - 1 AS parent"
	}
	return db.NewSelect().ColumnExpr(index).ColumnExpr("? AS count", count).
		TableExpr("?", parentTable(keys, e.KeyWidth, IsPostgres(db))).OrderExpr("parent.ordinal")
}

func (e *Edge[T]) keptCount(sc Scope, filter []Clause) Clause {
	if e.KeptCount == nil {
		return Clause{}
	}
	return e.KeptCount(sc, filter)
}

func (e *Edge[T]) where(q *bun.SelectQuery, db *DB, sc Scope, p Params) *bun.SelectQuery {
	if on := e.joinCondition(db); on != "" {
		q.Where(on)
	}
	q.Where("?", e.Visible(sc))
	for _, c := range e.conditions(db, sc, p) {
		q.Where("?", c)
	}
	return q
}

// joinCondition returns On or OnPostgres.
func (e *Edge[T]) joinCondition(db *DB) string {
	if e.OnPostgres != "" && IsPostgres(db) {
		return e.OnPostgres
	}
	return e.On
}

// conditions returns the conditions of the filter and of the page's cursors.
func (e *Edge[T]) conditions(db *DB, sc Scope, p Params) []Clause {
	if p.cursorsInFilter || p.Page == nil || p.Page.After == "" && p.Page.Before == "" {
		return p.Filter
	}
	return slices.Concat(p.Filter, cursorConditions[T](db, sc, p))
}

func (e *Edge[T]) alias(db *DB) string { return TableOf[T](db).Alias }

func (e *Edge[T]) table(db *DB) bun.Safe {
	t := TableOf[T](db)
	return bun.Safe(`"` + t.Name + `" AS ` + t.Alias)
}

// column returns the SQL of a column that the statement reads.
func (e *Edge[T]) column(db *DB, name string, sc Scope, p Params) Clause {
	if sql, ok := e.KeyColumns[name]; ok {
		return SQL(sql)
	}
	if list, ok := e.list(name); ok && p.members {
		return SQL(e.alias(db) + "." + list.MemberColumn)
	}
	return columnExpr(zeroRecord[T](), name, e.alias(db), sc, IsPostgres(db))
}

// columnJoin returns the SQL that joins the table of a column to the rows, or "" if the column needs
// no other table.
func (e *Edge[T]) columnJoin(name string) string {
	joined, ok := zeroRecord[T]().(JoinedRecord)
	if _, inKey := e.KeyColumns[name]; inKey || !ok {
		return ""
	}
	return joined.ColumnJoin(name)
}

// columnExpr returns the SQL of a column, which hides the values that the caller may not see.
func columnExpr(r Record, name, alias string, sc Scope, pg bool) Clause {
	if c := r.ColumnExpr(name, sc, pg); !c.isEmpty() {
		return c
	}
	return SQL(alias + "." + name)
}

// parentTable returns a derived table parent(k0, …, ordinal) of the first elements of the parents'
// keys, where ordinal is the position in keys: from 1 on PostgreSQL, and from 0 on SQLite.
func parentTable(keys []Key, width int, pg bool) Clause {
	width = max(width, 1)
	if !pg {
		return sqliteParentTable(keys, firstElements(width))
	}
	names, arrays, args := "", "", []any{}
	for i := range width {
		names += "k" + strconv.Itoa(i) + ", "
		arrays += "?::bigint[], "
		args = append(args, keyArray{keys, i})
	}
	return SQL("unnest("+strings.TrimSuffix(arrays, ", ")+") WITH ORDINALITY AS parent("+names+"ordinal)", args...)
}

// Load reads the rows of all parents and returns them by parent, in the order of keys. A
// parent that is in keys twice is read once, and both entries share the rows.
func (e *Edge[T]) Load(ctx context.Context, db *DB, sc Scope, keys []Key, p Params) ([][]*T, error) {
	conn, release, err := db.conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, WrapError(err))
	}
	defer release()
	return e.load(ctx, db, conn, sc, keys, p)
}

// LoadStored reads all rows of the parents in a transaction, without computed columns, for
// packages that write these rows. It ignores the rules of visibility.
func (e *Edge[T]) LoadStored(ctx context.Context, db *DB, tx bun.Tx, keys []Key) ([][]*T, error) {
	var stored []string
	for _, f := range TableOf[T](tx).Fields {
		stored = append(stored, f.Name)
	}
	return e.load(ctx, db, tx, SystemScope(), keys, Params{Columns: stored})
}

func (e *Edge[T]) load(ctx context.Context, db *DB, conn bun.IConn, sc Scope, keys []Key, p Params) ([][]*T, error) {
	distinct, indexes := distinctKeys(keys)
	var rows []*T
	p, lists := e.withoutLists(db, p)
	if err := e.Select(db, sc, distinct, p).Conn(conn).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, WrapError(err))
	}
	if err := e.loadLists(ctx, db, conn, distinct, rows, lists); err != nil {
		return nil, err
	}
	byParent, err := groupByParent(rows, len(distinct))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, err)
	}
	if p.Page != nil && p.Page.Backward() {
		for _, rs := range byParent {
			slices.Reverse(rs)
		}
	}
	out := make([][]*T, len(keys))
	for i, at := range indexes {
		out[i] = byParent[at]
	}
	return out, nil
}

// groupByParent returns the rows of each parent, and makes them a batch.
func groupByParent[T any](rows []*T, parents int) ([][]*T, error) {
	byParent := make([][]*T, parents)
	batch := &Batch{Rows: rows}
	var order rowOrder
	for i, r := range rows {
		meta := MetaOf(r)
		meta.Batch, meta.Index = batch, i
		if err := order.check(meta.Parent); err != nil {
			return nil, err
		}
		byParent[meta.Parent] = append(byParent[meta.Parent], r)
	}
	return byParent, nil
}

// Count returns the number of rows of each parent on all pages, in the order of keys.
func (e *Edge[T]) Count(ctx context.Context, db *DB, sc Scope, keys []Key, p Params) ([]int64, error) {
	distinct, indexes := distinctKeys(keys)
	var parents, counts []int64
	conn, release, err := db.conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", e.Path, WrapError(err))
	}
	defer release()
	if err := e.selectCounts(db, sc, distinct, p).Conn(conn).Scan(ctx, &parents, &counts); err != nil {
		return nil, fmt.Errorf("count %s: %w", e.Path, WrapError(err))
	}
	out := make([]int64, len(keys))
	for i, at := range indexes {
		out[i] = counts[at]
	}
	return out, nil
}

// distinctKeys returns keys without duplicates, and for each of keys its index in the result.
func distinctKeys(keys []Key) (distinct []Key, indexes []int) {
	seen := make(map[Key]int, len(keys))
	indexes = make([]int, len(keys))
	for i, k := range keys {
		at, ok := seen[k]
		if !ok {
			at = len(distinct)
			seen[k] = at
			distinct = append(distinct, k)
		}
		indexes[i] = at
	}
	return distinct, indexes
}
