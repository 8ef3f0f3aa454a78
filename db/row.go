package db

import (
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Kin is part of every row that was read for a parent. It tells which of the parents
// asked about the row belongs to, and which rows came with it: what is asked of one row
// of a statement is mostly asked of all of them, so it can be read for all at once.
type Kin struct {
	Parent int64 `bun:"parent,scanonly"`
	// Batch is shared by all rows of a statement; Place is this row's place in it.
	Batch *Batch `bun:"-"`
	Place int    `bun:"-"`
}

func (k *Kin) kin() *Kin { return k }

// KinOf returns the kin of a row; T is one of the row types of this package.
func KinOf[T any](r *T) *Kin { return any(r).(record).kin() }

// A Batch is the rows that one statement brought.
type Batch struct {
	// Rows is the []*T of the rows, in the statement's order.
	Rows any
	// Memo is for whoever reads on from the rows; it is not used here.
	Memo Memo
}

// A record is a pointer to a struct that rows of a table are read into.
type record interface {
	kin() *Kin
	// identity names the columns of the primary key.
	identity() []string
	// order names the columns that order the rows of a parent and tell them apart.
	order() []string
	// keys names the columns that every read takes besides identity: the parents' keys.
	keys() []string
	// expr spells a column that is more than a column: computed from other tables, or
	// masked from some callers. It is empty for a plain one.
	expr(column string, sc Scope, pg bool) Clause
}

// zero returns an empty record of type T, for what is the same for all rows.
func zero[T any]() record { return any(new(T)).(record) }

// tableOf returns what bun knows of T: table, alias, columns.
func tableOf[T any](db bun.IDB) *schema.Table {
	return db.Dialect().Tables().Get(reflect.TypeFor[*T]())
}

// KeyOf returns how to read a key from the columns of a row of T.
func KeyOf[T any](s *Store, columns []string) func(*T) Key {
	fields := make([]*schema.Field, len(columns))
	for i, c := range columns {
		fields[i] = tableOf[T](s.db).FieldMap[c]
	}
	return func(row *T) (k Key) {
		v := reflect.ValueOf(row).Elem()
		for i, f := range fields {
			k[i] = f.Value(v).Int()
		}
		return k
	}
}

// Column returns the name of T's column that belongs to a field of the schema, and whether
// there is one. The column's field in T has the same name but for case, as gqlgen binds it.
func Column[T any](s *Store, field string) (string, bool) {
	for name, f := range tableOf[T](s.db).FieldMap {
		if name != "parent" && strings.EqualFold(f.GoName, field) {
			return name, true
		}
	}
	return "", false
}

// Fields returns the fields of a row that hold columns.
func Fields[T any](s *Store, row *T, columns []string) []reflect.Value {
	fields := make([]reflect.Value, len(columns))
	for i, c := range columns {
		fields[i] = tableOf[T](s.db).FieldMap[c].Value(reflect.ValueOf(row).Elem())
	}
	return fields
}

// columns returns the wanted columns of T with those that are always read. Nil stands
// for all of them.
func columns[T any](db bun.IDB, wanted []string) []string {
	if wanted == nil {
		var all []string
		for name := range tableOf[T](db).FieldMap {
			if name != "parent" {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		return all
	}
	out := slices.Concat(zero[T]().identity(), zero[T]().keys(), wanted)
	slices.Sort(out)
	return slices.Compact(out)
}
