package db

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/momotor/resultgraph/internal/fault"
)

// A Change is what writing an item did.
type Change int

// What writing an item can do.
const (
	Unchanged Change = iota
	Created
	Updated
)

// put writes items of a table whose rows are told apart by their natural columns, all in
// one transaction: what is there and equal stays as it is. The items get their ids.
func put[T any](ctx context.Context, s *Store, items []*T, natural ...string) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		return putIn(ctx, tx, items, changes, natural)
	})
	return changes, err
}

func putIn[T any](ctx context.Context, tx bun.Tx, items []*T, changes []Change, natural []string) error {
	if len(items) == 0 {
		return nil
	}
	table := tableOf[T](tx)
	id := table.FieldMap["id"]
	old, err := byNatural(ctx, tx, items, natural)
	if err != nil {
		return err
	}
	var write []*T
	var fresh []reflect.Value
	for i, item := range items {
		before, there := old[naturalKey(table.FieldMap, natural, item)]
		switch {
		case !there:
			changes[i] = Created
			if id.Value(reflect.ValueOf(item).Elem()).Int() == 0 {
				fresh = append(fresh, id.Value(reflect.ValueOf(item).Elem()))
			}
		default:
			id.Value(reflect.ValueOf(item).Elem()).SetInt(id.Value(reflect.ValueOf(before).Elem()).Int())
			if sameColumns(tx, before, item) {
				continue
			}
			changes[i] = Updated
		}
		write = append(write, item)
	}
	if len(fresh) > 0 {
		first, err := take(ctx, tx, counterID, len(fresh))
		if err != nil {
			return err
		}
		for i, v := range fresh {
			v.SetInt(first + int64(i))
		}
	}
	return upsert(ctx, tx, write, natural)
}

// byNatural reads the rows that have the natural keys of items.
func byNatural[T any](ctx context.Context, tx bun.IDB, items []*T, natural []string) (map[string]*T, error) {
	fields := tableOf[T](tx).FieldMap
	tuples := make([]Clause, len(items))
	for i, item := range items {
		values := make([]Clause, len(natural))
		for j, n := range natural {
			values[j] = clause("?", fields[n].Value(reflect.ValueOf(item).Elem()).Interface())
		}
		tuples[i] = tuple(values)
	}
	var rows []*T
	q := tx.NewSelect().Model(&rows).Where("(?) IN (?)", bun.Safe(strings.Join(natural, ", ")), list(tuples))
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read what is there: %w", err)
	}
	old := make(map[string]*T, len(rows))
	for _, r := range rows {
		old[naturalKey(fields, natural, r)] = r
	}
	return old, nil
}

func naturalKey[T any](fields map[string]*schema.Field, natural []string, row *T) string {
	var b strings.Builder
	for _, n := range natural {
		fmt.Fprintf(&b, "%v\x00", fields[n].Value(reflect.ValueOf(row).Elem()).Interface())
	}
	return b.String()
}

// PutAccounts writes accounts, told apart by their Canvas GUID. One that brings its own
// Momotor id keeps it, unless that id is another account's: then nothing is written.
func (s *Store) PutAccounts(ctx context.Context, items []*Account) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		for _, a := range items {
			if a.MomotorID == 0 {
				continue
			}
			if err := keepAccountID(ctx, tx, a); err != nil {
				return err
			}
		}
		return putIn(ctx, tx, items, changes, []string{"canvas_guid"})
	})
	return changes, err
}

func keepAccountID(ctx context.Context, tx bun.Tx, a *Account) error {
	taken, err := tx.NewSelect().Model((*Account)(nil)).Where("(id = ?) <> (canvas_guid = ?)", a.MomotorID, a.CanvasGUID).Exists(ctx)
	if err != nil {
		return err
	}
	if taken {
		return fault.New(fault.Conflict, fmt.Sprintf("the store has the id %d or the GUID for another account", a.MomotorID))
	}
	return raise(ctx, tx, counterID, a.MomotorID)
}

// PutCourses writes courses, told apart by account and Canvas id.
func (s *Store) PutCourses(ctx context.Context, items []*Course) ([]Change, error) {
	return put(ctx, s, items, "account_id", "canvas_id")
}

// PutSections writes sections, told apart by account and Canvas id.
func (s *Store) PutSections(ctx context.Context, items []*Section) ([]Change, error) {
	return put(ctx, s, items, "account_id", "canvas_id")
}

// PutUsers writes people, told apart by account and Canvas id.
func (s *Store) PutUsers(ctx context.Context, items []*User) ([]Change, error) {
	return put(ctx, s, items, "account_id", "canvas_id")
}
