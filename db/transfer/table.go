// Package transfer has the SQL of exports. It reads all rows of a store, and writes those that travel between
// stores unchanged: the rows of the tables that the import format has no objects for. They keep their ids.
package transfer

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Table is a table whose rows travel unchanged. A row is a pointer to a struct with a field for each column.
type Table struct {
	Name string
	// New returns an empty row.
	New func() any
	// Each calls f with each row, in the order of the key. The row belongs to f.
	Each func(ctx context.Context, tx query.ReadTx, f func(row any) error) error
	// Insert inserts the rows that do not exist yet, and reports which ones it has inserted.
	Insert func(ctx context.Context, tx bun.Tx, rows []any) (inserted []bool, err error)
}

// A Column is a column of a row. Value is the field of the row, and a pointer if the column can be null.
type Column struct {
	Name  string
	Value reflect.Value
}

// Columns returns the columns of a row.
func Columns(row any) (columns []Column) {
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("bun"), ",")
		if name != "" && !strings.HasPrefix(name, "table:") && !strings.Contains(options, "scanonly") {
			columns = append(columns, Column{name, v.Field(i)})
		}
	}
	return columns
}

// tableOf returns the table of the struct T, whose key columns identify a row.
func tableOf[T any](name string, key ...string) Table {
	return Table{
		Name: name,
		New:  func() any { return new(T) },
		Each: func(ctx context.Context, tx query.ReadTx, f func(any) error) error {
			q := tx.NewSelect().Model((*T)(nil))
			for _, column := range key {
				q.OrderExpr("?", orderOf[T](tx, column))
			}
			return query.EachRow(ctx, tx, q, func(row *T) error { return f(row) })
		},
		Insert: func(ctx context.Context, tx bun.Tx, rows []any) ([]bool, error) {
			return insertNew[T](ctx, tx, rows, key)
		},
	}
}

// orderOf returns the SQL that sorts rows by a column. It sorts texts by their bytes on both databases.
func orderOf[T any](tx query.ReadTx, column string) query.Clause {
	isText := query.TableOf[T](tx).FieldMap[column].IndirectType.Kind() == reflect.String
	if isText && query.IsPostgres(tx) {
		return query.SQL(column + ` COLLATE "C"`)
	}
	return query.SQL(column)
}

// insertNew inserts the rows whose key does not exist.
func insertNew[T any](ctx context.Context, tx bun.Tx, rows []any, key []string) (inserted []bool, err error) {
	typed := typedRows[T](rows)
	existing, err := query.LoadByKey(ctx, tx, typed, key)
	if err != nil {
		return nil, err
	}
	inserted = make([]bool, len(rows))
	var created []*T
	for i, row := range typed {
		k := query.KeyText(tx, row, key)
		if _, exists := existing[k]; !exists {
			existing[k], inserted[i] = row, true
			created = append(created, row)
		}
	}
	return inserted, query.Insert(ctx, tx, created)
}

func typedRows[T any](rows []any) []*T {
	typed := make([]*T, len(rows))
	for i, row := range rows {
		typed[i] = row.(*T)
	}
	return typed
}

// replaced returns a table whose rows exist already in the new store, and get the values of those of the old
// one.
func replaced[T any](name string, key ...string) Table {
	t := tableOf[T](name, key...)
	t.Insert = func(ctx context.Context, tx bun.Tx, rows []any) ([]bool, error) {
		return slices.Repeat([]bool{true}, len(rows)), query.Upsert(ctx, tx, typedRows[T](rows), key)
	}
	return t
}
