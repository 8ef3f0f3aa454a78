package query

import (
	"bytes"
	"encoding/json"
	"iter"
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// An AnyEdge is an Edge whose row type is not known at compile time, for readers that copy the
// cells of a row to a response without scanning them into a struct.
type AnyEdge interface {
	// Name returns the path of the edge.
	Name() string
	// Kind returns the kind of the cells of a column.
	Kind(db *DB, column string) Kind
	// FieldColumn returns the column of a field of the schema, and false if the field has no column.
	FieldColumn(db *DB, field string) (string, bool)
	// PrimaryKey returns the columns of the primary key.
	PrimaryKey() []string
	// OrderColumns returns the columns of an order; together they are unique under a parent.
	OrderColumns(o Order) []string
	// CheckCursors fails with fault.BadInput for a cursor of another list or order.
	CheckCursors(db *DB, p Params) error
	// ReadsWithParents returns Edge.ReadWithParents.
	ReadsWithParents() bool
	// Select returns the statement that Edge.Select describes.
	Select(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery

	// The methods below are the parts of a Plan: see the methods of Edge.
	selectCounts(db *DB, sc Scope, keys []Key, p Params) *bun.SelectQuery
	selectOfOne(db *DB, sc Scope, p Params) Clause
	selectJoin(db *DB, sc Scope, from string, p Params, onlyFirst bool) (rows Clause, directions []bun.Safe)
	conditions(db *DB, sc Scope, p Params) []Clause
	list(column string) (ListColumn, bool)
	keyWidth() int
}

// A Kind is the type of the cells of a column. A cell is one value of a row, as text.
type Kind byte

// The kinds of cells. Cells have PostgreSQL's text format; cells of KindInts, KindFloats and KindTexts are
// JSON arrays, and cells of KindJSON are JSON. Cells of KindInts and KindFloats can also be arrays of PostgreSQL,
// which it writes faster than JSON: see Numbers.
const (
	KindInt Kind = iota
	KindBool
	KindFloat
	KindText
	KindTime
	KindInts
	KindFloats
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
	reflect.TypeFor[[]int]():           KindInts,
	reflect.TypeFor[[]float64]():       KindFloats,
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

// Name returns the path of the edge.
func (e *Edge[T]) Name() string { return e.Path }

// Kind returns the kind of the cells of a column.
func (*Edge[T]) Kind(db *DB, column string) Kind {
	return KindOf(TableOf[T](db).FieldMap[column].StructField.Type)
}

// FieldColumn returns the column of a field of the schema, and false if the field has no column.
func (*Edge[T]) FieldColumn(db *DB, field string) (string, bool) { return FieldColumn[T](db, field) }

// PrimaryKey returns the columns of the primary key.
func (*Edge[T]) PrimaryKey() []string { return zeroRecord[T]().PrimaryKey() }

// ReadsWithParents returns ReadWithParents.
func (e *Edge[T]) ReadsWithParents() bool { return e.ReadWithParents }

func (e *Edge[T]) keyWidth() int { return e.KeyWidth }

// OrderColumns returns the columns of an order; together they are unique under a parent.
func (*Edge[T]) OrderColumns(o Order) []string { return orderColumns[T](o) }

// CheckCursors fails with fault.BadInput for a cursor of another list or order.
func (*Edge[T]) CheckCursors(db *DB, p Params) error {
	if p.Page == nil {
		return nil
	}
	return CheckCursors[T](db, p.Page, p.Order)
}

// Numbers returns the elements of a cell of KindInts or KindFloats.
func Numbers(cell []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		list := bytes.Trim(cell, "[]{}")
		for len(list) > 0 {
			element, rest, _ := bytes.Cut(list, []byte(","))
			if !yield(bytes.TrimSpace(element)) {
				return
			}
			list = rest
		}
	}
}
