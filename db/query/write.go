package query

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Insert inserts rows. Without rows it does nothing. Many rows are copied on PostgreSQL if ctx is that of
// the function of InTx.
func Insert[T any](ctx context.Context, tx bun.Tx, rows []*T) error {
	if len(rows) == 0 {
		return nil
	}
	if conn := copyConn(ctx, tx, len(rows)); conn != nil {
		return copyRows(ctx, conn, TableOf[T](tx), rows)
	}
	_, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
	return err
}

// Upsert inserts rows. A row with the same values in the key columns as an existing row updates
// that row, except for its id.
func Upsert[T any](ctx context.Context, tx bun.IDB, rows []*T, key []string) error {
	if len(rows) == 0 {
		return nil
	}
	q := tx.NewInsert().Model(&rows).Returning("NULL").On("CONFLICT (?) DO UPDATE", bun.Safe(strings.Join(key, ", ")))
	for _, f := range TableOf[T](tx).Fields {
		if f.Name != "parent" && f.Name != "id" && !slices.Contains(key, f.Name) {
			q.Set("? = excluded.?", bun.Ident(f.Name), bun.Ident(f.Name))
		}
	}
	_, err := q.Exec(ctx)
	return err
}

// EqualColumns reports whether two rows are equal in all columns but the columns of except.
func EqualColumns[T any](db bun.IDB, a, b *T, except ...string) bool {
	for _, f := range TableOf[T](db).Fields {
		if slices.Contains(except, f.Name) {
			continue
		}
		x := f.Value(reflect.ValueOf(a).Elem()).Interface()
		y := f.Value(reflect.ValueOf(b).Elem()).Interface()
		if !EqualValues(x, y) {
			return false
		}
	}
	return true
}

// EqualValues reports whether two values are equal. Times are compared as instants, with the
// precision of the database, which is a microsecond.
func EqualValues(a, b any) bool {
	switch x := a.(type) {
	case time.Time:
		return x.Truncate(time.Microsecond).Equal(b.(time.Time).Truncate(time.Microsecond))
	case *time.Time:
		y := b.(*time.Time)
		return (x == nil) == (y == nil) && (x == nil || EqualValues(*x, *y))
	}
	return reflect.DeepEqual(a, b)
}
