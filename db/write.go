package db

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// insert writes new rows.
func insert[T any](ctx context.Context, tx bun.Tx, rows []*T) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
	return err
}

// upsert writes rows under their ids.
func upsert[T any](ctx context.Context, tx bun.IDB, rows []*T, key []string) error {
	if len(rows) == 0 {
		return nil
	}
	q := tx.NewInsert().Model(&rows).Returning("NULL").On("CONFLICT (?) DO UPDATE", bun.Safe(strings.Join(key, ", ")))
	for _, f := range tableOf[T](tx).Fields {
		if f.Name != "parent" && f.Name != "id" && !slices.Contains(key, f.Name) {
			q.Set("? = excluded.?", bun.Ident(f.Name), bun.Ident(f.Name))
		}
	}
	_, err := q.Exec(ctx)
	return err
}

// sameColumns tells whether two rows hold the same in all columns but those named.
func sameColumns[T any](db bun.IDB, a, b *T, except ...string) bool {
	for _, f := range tableOf[T](db).Fields {
		if slices.Contains(except, f.Name) {
			continue
		}
		x := f.Value(reflect.ValueOf(a).Elem()).Interface()
		y := f.Value(reflect.ValueOf(b).Elem()).Interface()
		if !sameValue(x, y) {
			return false
		}
	}
	return true
}

// sameValue compares times as moments, to the microseconds that the store keeps.
func sameValue(a, b any) bool {
	switch x := a.(type) {
	case time.Time:
		return x.Truncate(time.Microsecond).Equal(b.(time.Time).Truncate(time.Microsecond))
	case *time.Time:
		y := b.(*time.Time)
		return (x == nil) == (y == nil) && (x == nil || sameValue(*x, *y))
	}
	return reflect.DeepEqual(a, b)
}
