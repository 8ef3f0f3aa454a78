package query

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// An AnyEdge is an Edge for those who read its rows as cells, whatever type they have.
type AnyEdge interface {
	// Name says where the edge leads from and to.
	Name() string
	// Kind tells how the cells of a column read.
	Kind(db *DB, column string) Kind
	// FieldColumn returns the column of a field of the schema, and whether there is one.
	FieldColumn(db *DB, field string) (string, bool)
	// PrimaryKey names the columns of the rows' primary key.
	PrimaryKey() []string
	// OrderColumns names the columns that tell rows apart in an order.
	OrderColumns(o Order) []string
	// CheckCursors reports a cursor that does not belong to the list, as fault.BadInput.
	CheckCursors(db *DB, p Params) error
	// Select returns the statement that Edge.Select describes.
	Select(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery

	selectCounts(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery
	selectJoin(db *DB, sc Scope, from string, p Params, only bool) (inner *bun.SelectQuery, orders int)
	conditions(db *DB, sc Scope, p Params) []Clause
}

// A Kind tells how the cells of a column read.
type Kind byte

// The kinds of cells. All but KindText, KindTexts and KindJSON are written as PostgreSQL
// writes them in its text format; of KindInts and KindTexts the cell is a JSON array.
const (
	KindInt Kind = iota
	KindBool
	KindFloat
	KindText
	KindTime
	KindInts
	KindTexts
	KindJSON
)

var kindsByType = map[reflect.Type]Kind{
	reflect.TypeFor[int64]():           KindInt,
	reflect.TypeFor[int]():             KindInt,
	reflect.TypeFor[bool]():            KindBool,
	reflect.TypeFor[float64]():         KindFloat,
	reflect.TypeFor[time.Time]():       KindTime,
	reflect.TypeFor[[]int64]():         KindInts,
	reflect.TypeFor[json.RawMessage](): KindJSON,
}

// KindOf returns the kind of the cells that hold values of a type.
func KindOf(t reflect.Type) Kind {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if k, ok := kindsByType[t]; ok {
		return k
	}
	if t.Kind() == reflect.Slice {
		return KindTexts
	}
	return KindText
}

// Name says where the edge leads from and to.
func (e *Edge[T]) Name() string { return e.Path }

// Kind tells how the cells of a column read.
func (*Edge[T]) Kind(db *DB, column string) Kind {
	return KindOf(TableOf[T](db).FieldMap[column].StructField.Type)
}

// FieldColumn returns the column of a field of the schema, and whether there is one.
func (*Edge[T]) FieldColumn(db *DB, field string) (string, bool) { return FieldColumn[T](db, field) }

// PrimaryKey names the columns of the rows' primary key.
func (*Edge[T]) PrimaryKey() []string { return zeroRecord[T]().PrimaryKey() }

// OrderColumns names the columns that tell rows apart in an order.
func (*Edge[T]) OrderColumns(o Order) []string { return orderColumns[T](o) }

// CheckCursors reports a cursor that does not belong to the list, as fault.BadInput.
func (*Edge[T]) CheckCursors(db *DB, p Params) error {
	if p.Page == nil {
		return nil
	}
	return CheckCursors[T](db, p.Page, p.Order)
}
