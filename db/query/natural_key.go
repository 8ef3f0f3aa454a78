package query

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/uptrace/bun"
)

// LoadByKey reads the existing rows that have the same values in the key columns as rows, and returns them by
// KeyText.
func LoadByKey[T any](ctx context.Context, tx bun.IDB, rows []*T, key []string) (map[string]*T, error) {
	fields := TableOf[T](tx).FieldMap
	tuples := make([]Clause, len(rows))
	for i, row := range rows {
		values := make([]Clause, len(key))
		for j, column := range key {
			values[j] = SQL("?", fields[column].Value(reflect.ValueOf(row).Elem()).Interface())
		}
		tuples[i] = Tuple(values)
	}
	var existing []*T
	q := tx.NewSelect().Model(&existing).Where("(?) IN (?)", bun.Safe(strings.Join(key, ", ")), List(tuples))
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the existing rows: %w", err)
	}
	byKey := make(map[string]*T, len(existing))
	for _, row := range existing {
		byKey[KeyText(tx, row, key)] = row
	}
	return byKey, nil
}

// KeyText returns the values of the key columns of a row, each followed by a NUL.
func KeyText[T any](tx bun.IDB, row *T, key []string) string {
	fields := TableOf[T](tx).FieldMap
	var b strings.Builder
	for _, column := range key {
		fmt.Fprintf(&b, "%v\x00", fields[column].Value(reflect.ValueOf(row).Elem()).Interface())
	}
	return b.String()
}
