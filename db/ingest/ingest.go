// Package ingest writes data that comes from an import or from Canvas: accounts, courses, people,
// assignments and results. It does not touch rows that do not change.
package ingest

import (
	"context"
	"fmt"
	"reflect"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Change is the effect of a write on a row.
type Change int

// The effects of a write.
const (
	Unchanged Change = iota
	Created
	Updated
)

// upsertAll writes items in one transaction and sets their ids. Existing rows are identified by the
// key columns, which do not include the id.
func upsertAll[T any](ctx context.Context, s *db.Store, items []*T, keyColumns ...string) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return upsertByNaturalKey(ctx, s, tx, items, changes, keyColumns)
	})
	return changes, err
}

// upsertByNaturalKey is upsertAll in a transaction of the caller. It sets changes[i] for items[i].
func upsertByNaturalKey[T any](ctx context.Context, s *db.Store, tx bun.Tx, items []*T, changes []Change, keyColumns []string) error {
	if len(items) == 0 {
		return nil
	}
	table := query.TableOf[T](tx)
	id := table.FieldMap["id"]
	old, err := query.LoadByKey(ctx, tx, items, keyColumns)
	if err != nil {
		return err
	}
	var toWrite []*T
	var missingIDs []reflect.Value
	for i, item := range items {
		before, exists := old[query.KeyText(tx, item, keyColumns)]
		switch {
		case !exists:
			changes[i] = Created
			if id.Value(reflect.ValueOf(item).Elem()).Int() == 0 {
				missingIDs = append(missingIDs, id.Value(reflect.ValueOf(item).Elem()))
			}
		default:
			id.Value(reflect.ValueOf(item).Elem()).SetInt(id.Value(reflect.ValueOf(before).Elem()).Int())
			if query.EqualColumns(tx, before, item) {
				continue
			}
			changes[i] = Updated
		}
		toWrite = append(toWrite, item)
	}
	if len(missingIDs) > 0 {
		first, err := s.ReserveIDs(ctx, tx, len(missingIDs))
		if err != nil {
			return err
		}
		for i, v := range missingIDs {
			v.SetInt(first + int64(i))
		}
	}
	return query.Upsert(ctx, tx, toWrite, keyColumns)
}

// UpsertAccounts writes accounts, identified by their Canvas GUID. An account with a
// MomotorID gets this id, and one without gets a new id. If another account has the id,
// UpsertAccounts fails with fault.Conflict and writes nothing.
func UpsertAccounts(ctx context.Context, s *db.Store, items []*db.Account) ([]Change, error) {
	for _, a := range items {
		if err := s.SkipIDs(ctx, a.MomotorID); err != nil {
			return nil, err
		}
	}
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, a := range items {
			if a.MomotorID == 0 {
				continue
			}
			if err := checkAccountID(ctx, tx, a); err != nil {
				return err
			}
		}
		return upsertByNaturalKey(ctx, s, tx, items, changes, []string{"canvas_guid"})
	})
	return changes, err
}

// checkAccountID fails with fault.Conflict when another account has the id or the GUID of an account.
func checkAccountID(ctx context.Context, tx bun.Tx, a *db.Account) error {
	conflict, err := tx.NewSelect().Model((*db.Account)(nil)).Where("(id = ?) <> (canvas_guid = ?)", a.MomotorID, a.CanvasGUID).Exists(ctx)
	if err != nil {
		return err
	}
	if conflict {
		return fault.New(fault.Conflict, fmt.Sprintf("another account has the id %d or the Canvas GUID %s", a.MomotorID, a.CanvasGUID))
	}
	return nil
}

// UpsertCourses writes courses, identified by account and Canvas id.
func UpsertCourses(ctx context.Context, s *db.Store, items []*db.Course) ([]Change, error) {
	return upsertAll(ctx, s, items, "account_id", "canvas_id")
}

// UpsertUsers writes people, identified by account and Canvas id.
func UpsertUsers(ctx context.Context, s *db.Store, items []*db.User) ([]Change, error) {
	return upsertAll(ctx, s, items, "account_id", "canvas_id")
}
