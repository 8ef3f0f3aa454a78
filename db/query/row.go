package query

import (
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// RowMeta is part of every row that was read for a parent. It tells which of the parents
// asked about the row belongs to, and which rows came with it: what is asked of one row
// of a statement is mostly asked of all of them, so it can be read for all at once.
type RowMeta struct {
	Parent int64 `bun:"parent,scanonly"`
	// Batch is shared by all rows of a statement; Place is this row's place in it.
	Batch *Batch `bun:"-"`
	Place int    `bun:"-"`
}

func (k *RowMeta) Meta() *RowMeta { return k }

// MetaOf returns the kin of a row; T is one of the row types of this package.
func MetaOf[T any](r *T) *RowMeta { return any(r).(Record).Meta() }

// A Batch is the rows that one statement brought.
type Batch struct {
	// Rows is the []*T of the rows, in the statement's order.
	Rows any
	// Memo is for whoever reads on from the rows; it is not used here.
	Memo Memo
}

// A Record is a pointer to a struct that rows of a table are read into.
type Record interface {
	Meta() *RowMeta
	// PrimaryKey names the columns of the primary key.
	PrimaryKey() []string
	// OrderColumns names the columns that order the rows of a parent and tell them apart.
	OrderColumns() []string
	// KeyColumns names the columns that every read takes besides identity: the parents' keys.
	KeyColumns() []string
	// ColumnExpr spells a column that is more than a column: computed from other tables, or
	// masked from some callers. It is empty for a plain one.
	ColumnExpr(column string, sc Scope, pg bool) Clause
}

// zeroRecord returns an empty record of type T, for what is the same for all rows.
func zeroRecord[T any]() Record { return any(new(T)).(Record) }

// TableOf returns what bun knows of T: table, alias, columns.
func TableOf[T any](bdb bun.IDB) *schema.Table {
	return bdb.Dialect().Tables().Get(reflect.TypeFor[*T]())
}

// KeyFunc returns how to read a key from the columns of a row of T.
func KeyFunc[T any](db *DB, columns []string) func(*T) Key {
	fields := make([]*schema.Field, len(columns))
	for i, c := range columns {
		fields[i] = TableOf[T](db).FieldMap[c]
	}
	return func(row *T) (k Key) {
		v := reflect.ValueOf(row).Elem()
		for i, f := range fields {
			k[i] = f.Value(v).Int()
		}
		return k
	}
}

// FieldColumn returns the name of T's column that belongs to a field of the schema, and
// whether there is one. The column's field in T has the same name but for case, as gqlgen
// binds it.
func FieldColumn[T any](db *DB, field string) (string, bool) {
	for name, f := range TableOf[T](db).FieldMap {
		if name != "parent" && strings.EqualFold(f.GoName, field) {
			return name, true
		}
	}
	return "", false
}

// Fields returns the fields of a row that hold columns.
func Fields[T any](db *DB, row *T, columns []string) []reflect.Value {
	fields := make([]reflect.Value, len(columns))
	for i, c := range columns {
		fields[i] = TableOf[T](db).FieldMap[c].Value(reflect.ValueOf(row).Elem())
	}
	return fields
}

// readColumns returns the wanted columns of T with those that are always read. Nil stands
// for all of them.
func readColumns[T any](bdb bun.IDB, wanted []string) []string {
	if wanted == nil {
		var all []string
		for name := range TableOf[T](bdb).FieldMap {
			if name != "parent" {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		return all
	}
	out := slices.Concat(zeroRecord[T]().PrimaryKey(), zeroRecord[T]().KeyColumns(), wanted)
	slices.Sort(out)
	return slices.Compact(out)
}

// A Root stands for the parent of what starts from nothing.
type Root struct{ RowMeta }

func (*Root) PrimaryKey() []string                  { return nil }
func (*Root) OrderColumns() []string                { return nil }
func (*Root) KeyColumns() []string                  { return nil }
func (*Root) ColumnExpr(string, Scope, bool) Clause { return Clause{} }
