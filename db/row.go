package db

import (
	"reflect"
	"slices"

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
func tableOf[T any](bdb bun.IDB) *schema.Table {
	return bdb.Dialect().Tables().Get(reflect.TypeFor[*T]())
}

// KeyOf returns how to read a key from the columns of a row of T.
func KeyOf[T any](db *DB, columns []string) func(*T) Key {
	fields := make([]*schema.Field, len(columns))
	for i, c := range columns {
		fields[i] = tableOf[T](db).FieldMap[c]
	}
	return func(row *T) (k Key) {
		v := reflect.ValueOf(row).Elem()
		for i, f := range fields {
			k[i] = f.Value(v).Int()
		}
		return k
	}
}

// Column returns the name of T's column that belongs to a GraphQL field, and whether
// there is one. Names match when they are equal but for case and underscores.
func Column[T any](db *DB, field string) (string, bool) {
	for name := range tableOf[T](db).FieldMap {
		if name != "parent" && equalNames(name, field) {
			return name, true
		}
	}
	return "", false
}

func equalNames(column, field string) bool {
	i := 0
	for j := range len(column) {
		if column[j] == '_' {
			continue
		}
		if i == len(field) || column[j]|0x20 != field[i]|0x20 {
			return false
		}
		i++
	}
	return i == len(field)
}

// columns returns the wanted columns of T with those that are always read. Nil stands
// for all of them.
func columns[T any](bdb bun.IDB, wanted []string) []string {
	if wanted == nil {
		var all []string
		for name := range tableOf[T](bdb).FieldMap {
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

// A Kinless stands for the parent of what starts from nothing.
type Kinless struct{ Kin }

func (*Kinless) identity() []string              { return nil }
func (*Kinless) order() []string                 { return nil }
func (*Kinless) keys() []string                  { return nil }
func (*Kinless) expr(string, Scope, bool) Clause { return Clause{} }
