package query

import (
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// RowMeta is embedded in every row type. It holds the index of the row's parent, and all rows of
// the same statement: a reader that needs the children of one row usually needs the children
// of all rows, and can read them with one statement.
type RowMeta struct {
	// Parent is the index of the row's parent in the keys of the statement.
	Parent int64 `bun:"parent,scanonly"`
	// Batch is shared by all rows of a statement; Index is the row's index in it.
	Batch *Batch `bun:"-"`
	Index int    `bun:"-"`
}

// Meta returns the RowMeta of a row.
func (m *RowMeta) Meta() *RowMeta { return m }

// MetaOf returns the RowMeta of a row; *T must be a Record.
func MetaOf[T any](r *T) *RowMeta { return any(r).(Record).Meta() }

// A Batch is all rows of one statement.
type Batch struct {
	// Rows is a []*T, in the order of the statement.
	Rows any
	// Memo holds values that readers compute once for all rows.
	Memo Memo
}

// A Record is a pointer to a struct for the rows of a table.
type Record interface {
	// Meta returns the embedded RowMeta.
	Meta() *RowMeta
	// PrimaryKey returns the columns of the primary key.
	PrimaryKey() []string
	// OrderColumns returns the columns that sort the rows of a parent by default. Together they
	// are unique under a parent.
	OrderColumns() []string
	// ColumnExpr returns the SQL of a column that is computed, or whose value is hidden from some
	// callers. It returns an empty clause for other columns. The parameter pg tells whether the
	// database is PostgreSQL.
	ColumnExpr(column string, sc Scope, pg bool) Clause
}

// A JoinedRecord is a Record with columns of another table.
type JoinedRecord interface {
	// ColumnJoin returns the SQL that joins the table of a column to a row. It joins at most one row,
	// and keeps a row for which there is none. ColumnJoin returns "" for other columns. At most one
	// column joins a table.
	ColumnJoin(column string) string
}

// zeroRecord returns an empty *T, for the methods that do not depend on the row.
func zeroRecord[T any]() Record { return any(new(T)).(Record) }

// TableOf returns the table of T with its alias and columns.
func TableOf[T any](idb bun.IDB) *schema.Table {
	return idb.Dialect().Tables().Get(reflect.TypeFor[*T]())
}

// KeyFunc returns a function that reads a key from columns of a row.
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

// FieldColumn returns the column of a field of the schema, and false if the field has no column. The
// field of T has the same name as the field of the schema, but may differ in upper and lower case: gqlgen
// binds fields by this rule.
func FieldColumn[T any](db *DB, field string) (string, bool) {
	for name, f := range TableOf[T](db).FieldMap {
		if name != "parent" && strings.EqualFold(f.GoName, field) {
			return name, true
		}
	}
	return "", false
}

// Fields returns the fields of a row that hold the given columns.
func Fields[T any](db *DB, row *T, columns []string) []reflect.Value {
	fields := make([]reflect.Value, len(columns))
	for i, c := range columns {
		fields[i] = TableOf[T](db).FieldMap[c].Value(reflect.ValueOf(row).Elem())
	}
	return fields
}

// readColumns returns the selected columns and the columns of the primary key. If selected is nil,
// it returns all columns.
func readColumns[T any](idb bun.IDB, selected []string) []string {
	if selected == nil {
		var all []string
		for name := range TableOf[T](idb).FieldMap {
			if name != "parent" {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		return all
	}
	out := slices.Concat(zeroRecord[T]().PrimaryKey(), selected)
	slices.Sort(out)
	return slices.Compact(out)
}

// Root is the parent of edges that have no parent, such as the fields of Query.
type Root struct{ RowMeta }

func (*Root) PrimaryKey() []string                  { return nil }
func (*Root) OrderColumns() []string                { return nil }
func (*Root) ColumnExpr(string, Scope, bool) Clause { return Clause{} }
