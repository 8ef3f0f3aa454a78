package db

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// A Link is an Edge for those who read its rows as cells, whatever type they have.
type Link interface {
	// Name says where the edge leads from and to.
	Name() string
	// Kind tells how the cells of a column read.
	Kind(s *Store, column string) Kind
	// Column returns the column of a field of the schema, and whether there is one.
	Column(s *Store, field string) (string, bool)
	// Identity names the columns of the rows' primary key.
	Identity() []string
	// Order names the columns that tell rows apart in an order.
	Order(o Order) []string
	// Cells names the columns of a row's cells in a Reading, in their order.
	Cells(p Params) []string
	// Check reports a cursor that does not belong to the list, as fault.BadInput.
	Check(s *Store, p Params) error

	alone(s *Store, sc Scope, keys []Key, p Params) *bun.SelectQuery
	counts(s *Store, sc Scope, keys []Key, p Params) *bun.SelectQuery
	hop(s *Store, sc Scope, from string, p Params, only bool) (inner *bun.SelectQuery, orders int)
	conditions(s *Store, sc Scope, p Params) []Clause
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

var kinds = map[reflect.Type]Kind{
	reflect.TypeFor[int64]():           KindInt,
	reflect.TypeFor[int]():             KindInt,
	reflect.TypeFor[bool]():            KindBool,
	reflect.TypeFor[float64]():         KindFloat,
	reflect.TypeFor[time.Time]():       KindTime,
	reflect.TypeFor[[]int64]():         KindInts,
	reflect.TypeFor[json.RawMessage](): KindJSON,
}

// KindOf returns the kind of the cells that hold values of a type.
func KindOf(t reflect.Type) Kind { return kindOfType(t) }

func kindOfType(t reflect.Type) Kind {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if k, ok := kinds[t]; ok {
		return k
	}
	if t.Kind() == reflect.Slice {
		return KindTexts
	}
	return KindText
}

// Name says where the edge leads from and to.
func (e *Edge[T]) Name() string { return e.name }

// Kind tells how the cells of a column read.
func (*Edge[T]) Kind(s *Store, column string) Kind {
	return kindOfType(tableOf[T](s.db).FieldMap[column].StructField.Type)
}

// Column returns the column of a field of the schema, and whether there is one.
func (*Edge[T]) Column(s *Store, field string) (string, bool) { return Column[T](s, field) }

// Identity names the columns of the rows' primary key.
func (*Edge[T]) Identity() []string { return zero[T]().identity() }

// Order names the columns that tell rows apart in an order.
func (*Edge[T]) Order(o Order) []string { return orderColumns[T](o) }

// Cells names the columns of a row's cells in a Reading: those of Params and no others,
// so that a reader takes what it writes and what it needs to go on.
func (*Edge[T]) Cells(p Params) []string { return p.Columns }

// Check reports a cursor that does not belong to the list, as fault.BadInput.
func (*Edge[T]) Check(s *Store, p Params) error {
	if p.Page == nil {
		return nil
	}
	return CheckCursors[T](s, p.Page, p.Order)
}
