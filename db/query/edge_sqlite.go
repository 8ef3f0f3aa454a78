package query

import (
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// selectJoined is Select for SQLite, which has no LATERAL: a subquery finds the ids of the rows of
// a page. CROSS JOIN keeps the parents in the outer loop.
func (e *Edge[T]) selectJoined(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery {
	alias := e.alias(db)
	q := db.NewSelect().ColumnExpr("parent.ordinal AS parent").
		TableExpr("?", sqliteParentTable(keys, firstElements(max(e.KeyWidth, 1))&^p.shared)).
		Join("CROSS JOIN ?", e.table(db))
	e.addColumns(q, db, sc, p)
	if p.Page == nil {
		q = e.where(q, db, sc, p)
	} else {
		ids := e.selectRows(db, sc, p)
		id := bun.Safe(alias + "." + strings.Join(zeroRecord[T]().PrimaryKey(), ", "+alias+"."))
		q.Where("(?) IN (?)", id, p.withLimit(ids.ColumnExpr("?", id)))
	}
	q.OrderExpr("parent.ordinal")
	return orderBy[T](q, db, sc, p)
}

// selectOfOne is Select for SQLite and one parent, whose key is in parameters.
func (e *Edge[T]) selectOfOne(db *DB, sc Scope, p Params) Clause {
	q := e.selectRows(db, sc, p).ColumnExpr("0 AS parent")
	e.addColumns(q, db, sc, p)
	if p.Page == nil {
		return SQL("?", q)
	}
	return p.withLimit(q)
}

// sqliteParentTable is parentTable for SQLite, with the elements that are read from a keyTable.
func sqliteParentTable(keys []Key, elements keyElements) Clause {
	names, next := "", 0
	for i := range len(Key{}) {
		switch {
		case !elements.has(i):
		case elements.number() == 1:
			names += fmt.Sprintf(", value AS k%d", i)
		default:
			names += fmt.Sprintf(", value ->> %d AS k%d", next, i)
			next++
		}
	}
	return SQL("(SELECT key AS ordinal"+names+" FROM json_each(?)) AS parent", keyTable{keys, elements})
}
