package db_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

var keyTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// createKey stores a new key for courses.
func createKey(t *testing.T, s *db.Store, courses ...int64) access.Key {
	t.Helper()
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	expires := keyTime.Add(time.Hour)
	err = s.CreateAPIKey(t.Context(), &db.APIKeyItem{
		Key:     db.APIKey{Prefix: key.Prefix(), HashedKey: key.Hash(), Name: "dashboard", CreatedAt: keyTime, ExpiresAt: &expires, ReadOnly: true},
		Courses: courses,
	})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// findKey returns the record of a key that exists, with times in UTC for reflect.DeepEqual.
func findKey(t *testing.T, s *db.Store, prefix string) access.KeyRecord {
	t.Helper()
	r, err := s.KeyByPrefix(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	r.Created = r.Created.UTC()
	if r.Expires != nil {
		r.Expires = new(r.Expires.UTC())
	}
	return r
}

func TestKeyByPrefix(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		key := createKey(t, s, fx.OtherCourse.MomotorID, fx.Course.MomotorID)
		got := findKey(t, s, key.Prefix())
		expires := keyTime.Add(time.Hour)
		want := access.KeyRecord{
			ID: got.ID, Prefix: key.Prefix(), Hash: key.Hash(), Name: "dashboard", Created: keyTime, Expires: &expires, ReadOnly: true,
			CourseIDs: []int64{fx.Course.MomotorID, fx.OtherCourse.MomotorID},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("KeyByPrefix = %+v, want %+v", got, want)
		}
		for _, prefix := range []string{"unknownK", key.Prefix() + "x", "", "%", "x' OR '1'='1"} {
			if r, err := s.KeyByPrefix(t.Context(), prefix); err != access.ErrKeyNotFound {
				t.Errorf("KeyByPrefix(%q) = %+v, %v; want %v", prefix, r, err, access.ErrKeyNotFound)
			}
		}
	})
}

// countedKeys counts the look-ups in a store.
type countedKeys struct {
	*db.Store
	lookups int
}

func (k *countedKeys) KeyByPrefix(ctx context.Context, prefix string) (access.KeyRecord, error) {
	k.lookups++
	return k.Store.KeyByPrefix(ctx, prefix)
}

// An unknown key fails after one look-up, as a wrong secret of a known key does, and nothing is
// logged.
func TestUnknownKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		key := createKey(t, s, fx.Course.MomotorID)
		var log bytes.Buffer
		keys := &countedKeys{Store: s}
		now := func() time.Time { return keyTime }
		a := &access.Authenticator{Keys: keys, Throttle: access.NewThrottle(now), Now: now, Log: slog.New(slog.NewTextHandler(&log, nil))}
		for _, text := range []string{"unknownK.secret", key.Prefix() + ".secret"} {
			keys.lookups = 0
			if _, err := a.Authenticate(t.Context(), "Api-Key "+text, "192.0.2.7"); err != access.ErrBadCredentials {
				t.Errorf("Authenticate(%s) = %v, want %v", text, err, access.ErrBadCredentials)
			}
			if keys.lookups != 1 || log.Len() > 0 {
				t.Errorf("Authenticate(%s) took %d look-ups and logged %q, want one and nothing", text, keys.lookups, &log)
			}
		}
		if p, err := a.Authenticate(t.Context(), "Api-Key "+key.Reveal(), "192.0.2.7"); err != nil || p.Prefix != key.Prefix() {
			t.Errorf("Authenticate(valid key) = %+v, %v", p, err)
		}
	})
}

// A recorded use never goes back in time, and is read and listed.
func TestRecordKeyUse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		used, unused := createKey(t, s, fx.Course.MomotorID), createKey(t, s, fx.Course.MomotorID)
		id := findKey(t, s, used.Prefix()).ID
		for _, at := range []time.Time{keyTime, keyTime.Add(time.Hour), keyTime} {
			if err := s.RecordKeyUse(t.Context(), []int64{id, 999}, at); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.ListAPIKeys(t.Context())
		if err != nil || len(list) != 2 {
			t.Fatalf("ListAPIKeys = %v, %v; want two keys", list, err)
		}
		want := keyTime.Add(time.Hour)
		for i, got := range []*time.Time{findKey(t, s, used.Prefix()).LastUsed, list[0].LastUsedAt} {
			if got == nil || !got.Equal(want) {
				t.Errorf("last use %d of the used key = %v, want %v", i, got, want)
			}
		}
		if got := findKey(t, s, unused.Prefix()).LastUsed; got != nil || list[1].LastUsedAt != nil {
			t.Errorf("last use of the other key = %v and %v, want none", got, list[1].LastUsedAt)
		}
	})
}

// Each change of a key leaves everything else as it was.
func TestUpdateAPIKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		key := createKey(t, s, fx.Course.MomotorID)
		want := findKey(t, s, key.Prefix())
		later := keyTime.Add(24 * time.Hour)
		for _, step := range []struct {
			change db.APIKeyChange
			apply  func()
		}{
			{db.APIKeyChange{}, func() {}},
			{db.APIKeyChange{Name: "renamed"}, func() { want.Name = "renamed" }},
			{db.APIKeyChange{ExpiresAt: &later}, func() { want.Expires = &later }},
			{db.APIKeyChange{NeverExpires: true}, func() { want.Expires = nil }},
			{db.APIKeyChange{Courses: []int64{fx.OtherCourse.MomotorID}}, func() { want.CourseIDs = []int64{fx.OtherCourse.MomotorID} }},
		} {
			if err := s.UpdateAPIKey(t.Context(), key.Prefix(), step.change); err != nil {
				t.Fatal(err)
			}
			step.apply()
			if got := findKey(t, s, key.Prefix()); !reflect.DeepEqual(got, want) {
				t.Errorf("after %+v the key is %+v, want %+v", step.change, got, want)
			}
		}
		if err := s.UpdateAPIKey(t.Context(), "unknownK", db.APIKeyChange{Name: "x"}); !errors.Is(err, fault.NotFound) {
			t.Errorf("UpdateAPIKey(unknown) = %v, want %v", err, fault.NotFound)
		}
		if err := s.RevokeAPIKey(t.Context(), key.Prefix()); err != nil {
			t.Fatal(err)
		}
		if err := s.UpdateAPIKey(t.Context(), key.Prefix(), db.APIKeyChange{NeverExpires: true}); !errors.Is(err, fault.Conflict) {
			t.Errorf("UpdateAPIKey(revoked) = %v, want %v", err, fault.Conflict)
		}
	})
}

// A change of a key waits for another one, and keeps what it does not change itself.
func TestOverlappingUpdatesOfAPIKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		key := createKey(t, s, fx.Course.MomotorID)
		want := findKey(t, s, key.Prefix())
		firstErr, secondErr := dbtest.Overlap(t, s, func(beforeCommit func()) error {
			return s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				defer beforeCommit()
				if _, err := tx.NewRaw("UPDATE api_key SET expires_at = NULL WHERE id = ?", want.ID).Exec(ctx); err != nil {
					return err
				}
				_, err := db.SetKeyCourses(ctx, tx, &db.APIKeyItem{Key: db.APIKey{MomotorID: want.ID}, Courses: []int64{fx.Course.MomotorID, fx.OtherCourse.MomotorID}})
				return err
			})
		}, func() error {
			return s.UpdateAPIKey(t.Context(), key.Prefix(), db.APIKeyChange{Name: "renamed", Courses: []int64{fx.Course.MomotorID}})
		})
		want.Name, want.Expires = "renamed", nil
		if got := findKey(t, s, key.Prefix()); firstErr != nil || secondErr != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("after two changes (%v, %v) the key is %+v, want %+v", firstErr, secondErr, got, want)
		}
	})
}

// Keys are found and listed by a running instance after a later release has added a column.
func TestKeysWithNewColumn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		key := createKey(t, s, fx.Course.MomotorID)
		want := findKey(t, s, key.Prefix())
		dbtest.Exec(t, s, "ALTER TABLE api_key ADD COLUMN later integer")
		if got := findKey(t, s, key.Prefix()); !reflect.DeepEqual(got, want) {
			t.Errorf("KeyByPrefix = %+v, want %+v", got, want)
		}
		if list, err := s.ListAPIKeys(t.Context()); err != nil || len(list) != 1 || list[0].Name != "dashboard" {
			t.Errorf("ListAPIKeys = %v, %v; want the key", list, err)
		}
	})
}

// Writes of authentication wait for a connection of operations, and leave those of look-ups free.
func TestKeyWritesUseConnectionsOfOperations(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		fx := dbtest.NewFixture(t, dbtest.Open(t, location))
		s, err := db.OpenWith(t.Context(), location, db.Options{Conns: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		key := createKey(t, s, fx.Course.MomotorID)
		busy, err := s.SQL().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer busy.Close()
		id := findKey(t, s, key.Prefix()).ID
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := s.Rehash(ctx, id, key.Hash(), "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Rehash = %v without a free connection, want %v", err, context.DeadlineExceeded)
		}
		if err := s.RecordKeyUse(ctx, []int64{id}, keyTime); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("RecordKeyUse = %v without a free connection, want %v", err, context.DeadlineExceeded)
		}
	})
}
