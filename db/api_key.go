package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// An APIKey gives its holder access to courses. Only a hash of its secret is stored.
type APIKey struct {
	bun.BaseModel `bun:"table:api_key,alias:apk"`

	MomotorID int64      `bun:"id,pk"`
	Prefix    string     `bun:"prefix"`
	HashedKey string     `bun:"hashed_key"`
	Name      string     `bun:"name"`
	CreatedAt time.Time  `bun:"created_at"`
	ExpiresAt *time.Time `bun:"expires_at"`
	Revoked   bool       `bun:"revoked"`
	ReadOnly  bool       `bun:"read_only"`
	// MinGroup is the minimum number of students in a figure, of a key that may read only figures.
	MinGroup *int `bun:"min_group"`
	// Pseudonymous is set for a key that sees pseudonyms in place of people: see pseudonym.go.
	Pseudonymous bool `bun:"pseudonymous"`
}

// The limits of MinGroup. A figure over one student is a result.
const (
	LeastMinGroup = 2
	MostMinGroup  = 1000
)

// An apiKeyCourse gives a key access to a course.
type apiKeyCourse struct {
	bun.BaseModel `bun:"table:api_key_course,alias:akc"`

	APIKeyID int64 `bun:"api_key_id,pk"`
	CourseID int64 `bun:"course_id,pk"`
}

// An APIKeyItem is a key with the ids of its courses. Both are written in one transaction.
type APIKeyItem struct {
	Key     APIKey
	Courses []int64
	// LastUsedAt is the time of the last use. Only the import of an export writes it.
	LastUsedAt *time.Time
}

// CreateAPIKey stores a new key. It fails with fault.Conflict when the prefix is taken.
func (s *Store) CreateAPIKey(ctx context.Context, item *APIKeyItem) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		id, err := s.ReserveIDs(ctx, tx, 1)
		if err != nil {
			return err
		}
		item.Key.MomotorID = id
		if _, err := tx.NewInsert().Model(&item.Key).Exec(ctx); err != nil {
			return err
		}
		_, err = SetKeyCourses(ctx, tx, item)
		return err
	})
}

// SetKeyCourses replaces the courses of a key, and reports whether they change.
func SetKeyCourses(ctx context.Context, tx bun.Tx, item *APIKeyItem) (changed bool, err error) {
	var before []int64
	whereKey := func(q bun.QueryBuilder) bun.QueryBuilder { return q.Where("api_key_id = ?", item.Key.MomotorID) }
	err = tx.NewSelect().Model((*apiKeyCourse)(nil)).Column("course_id").ApplyQueryBuilder(whereKey).
		Order("course_id").Scan(ctx, &before)
	if err != nil {
		return false, err
	}
	after := slices.Clone(item.Courses)
	slices.Sort(after)
	if after = slices.Compact(after); slices.Equal(before, after) {
		return false, nil
	}
	if _, err := tx.NewDelete().Model((*apiKeyCourse)(nil)).ApplyQueryBuilder(whereKey).Exec(ctx); err != nil {
		return false, err
	}
	rows := make([]*apiKeyCourse, len(after))
	for i, c := range after {
		rows[i] = &apiKeyCourse{APIKeyID: item.Key.MomotorID, CourseID: c}
	}
	return true, query.Insert(ctx, tx, rows)
}

// An APIKeyChange changes a key. Its zero fields leave the key unchanged.
type APIKeyChange struct {
	Name         string
	ExpiresAt    *time.Time
	NeverExpires bool    // removes the expiry
	Courses      []int64 // replaces all courses of the key
}

// UpdateAPIKey changes the key with a prefix. It fails with fault.NotFound when no key has the
// prefix, and with fault.Conflict when the key is revoked.
func (s *Store) UpdateAPIKey(ctx context.Context, prefix string, change APIKeyChange) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var item APIKeyItem
		q := tx.NewSelect().Model(&item.Key).Where("prefix = ?", prefix)
		if query.IsPostgres(tx) { // transactions of SQLite exclude each other
			q.For("NO KEY UPDATE")
		}
		err := q.Scan(ctx)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return keyNotFound(prefix)
		case err != nil:
			return err
		case item.Key.Revoked:
			return fault.New(fault.Conflict, fmt.Sprintf("the key %s is revoked: create a new one", prefix))
		}
		if change.Courses != nil {
			item.Courses = change.Courses
			if _, err := SetKeyCourses(ctx, tx, &item); err != nil {
				return err
			}
		}
		change.apply(&item.Key)
		_, err = tx.NewUpdate().Model(&item.Key).Column("name", "expires_at").WherePK().Exec(ctx)
		return err
	})
}

// apply changes the columns of a key.
func (c *APIKeyChange) apply(k *APIKey) {
	if c.Name != "" {
		k.Name = c.Name
	}
	if c.ExpiresAt != nil || c.NeverExpires {
		k.ExpiresAt = c.ExpiresAt
	}
}

// keyNotFound returns the error for a prefix that no key has.
func keyNotFound(prefix string) error {
	return fault.New(fault.NotFound, fmt.Sprintf("no key has the prefix %q", prefix))
}

// RevokeAPIKey revokes a key permanently. It fails with fault.NotFound when no key has the prefix.
// Revoking a revoked key has no effect.
func (s *Store) RevokeAPIKey(ctx context.Context, prefix string) error {
	res, err := s.db.Write(ctx, s.db.NewUpdate().Model((*APIKey)(nil)).Set("revoked = TRUE").Where("prefix = ?", prefix))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, keyNotFound(prefix))
	}
	return nil
}

// A ListedAPIKey is a key with its courses, for display.
type ListedAPIKey struct {
	APIKey
	LastUsedAt *time.Time `bun:"last_used_at,scanonly"` // to the hour: see access.UseRecorder
	Courses    []string   `bun:"courses,scanonly"`      // each as account id, slash, Canvas id of the course
}

// keyColumns are the columns of a key. Queries name them, because instances of this release read the
// table while a later one adds columns.
const keyColumns = "apk.id, apk.prefix, apk.hashed_key, apk.name, apk.created_at, apk.expires_at, apk.revoked, apk.read_only, apk.min_group, apk.pseudonymous, apk.last_used_at"

// ListAPIKeys returns all keys with their courses, the oldest first.
func (s *Store) ListAPIKeys(ctx context.Context) ([]*ListedAPIKey, error) {
	courses := query.JSONArray(query.IsPostgres(s.db), "crs.account_id || '/' || crs.canvas_id",
		"api_key_course AS akc JOIN course AS crs ON crs.id = akc.course_id WHERE akc.api_key_id = apk.id")
	var keys []*ListedAPIKey
	err := s.db.NewSelect().TableExpr("api_key AS apk").ColumnExpr(keyColumns).ColumnExpr("? AS courses", courses).
		OrderExpr("apk.id").Scan(ctx, &keys)
	return keys, query.WrapError(err)
}

// KeyByPrefix implements access.Keys. It does not use the connections of operations. It fails with
// query.ErrBusy if the connections of authentication are in use for too long.
func (s *Store) KeyByPrefix(ctx context.Context, prefix string) (r access.KeyRecord, err error) {
	guard := s.KeyGuard(prefix, func(found access.KeyRecord, foundErr error) error {
		r, err = found, foundErr
		return nil
	})
	if err := s.control.CheckGuards(ctx, guard); err != nil {
		return access.KeyRecord{}, err
	}
	return r, err
}

// Rehash implements access.Keys. It replaces the hash of a key if the stored hash equals old. Like
// all writes it uses the connections of operations, because it may wait for other writes.
func (s *Store) Rehash(ctx context.Context, id int64, old, renewed string) error {
	_, err := s.db.Write(ctx, s.db.NewUpdate().Model((*APIKey)(nil)).Set("hashed_key = ?", renewed).
		Where("id = ? AND hashed_key = ?", id, old))
	return err
}

// RecordKeyUse records that keys were used at a time. It keeps later recorded times, such as those
// of other instances.
func (s *Store) RecordKeyUse(ctx context.Context, ids []int64, at time.Time) error {
	_, err := s.db.Write(ctx, s.db.NewUpdate().Model((*APIKey)(nil)).Set("last_used_at = ?", at).
		Where("id IN (?)", bun.List(ids)).Where("last_used_at IS NULL OR last_used_at < ?", at))
	return err
}
