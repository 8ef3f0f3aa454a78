package access

import (
	"context"
	"errors"
	"time"
)

// ErrNoKey says that a store has no key with the prefix asked for.
var ErrNoKey = errors.New("no such API key")

// KeyRecord is what a store knows of an API key.
type KeyRecord struct {
	ID        int64
	Prefix    string
	Hash      string // in a format of [Verify]
	Name      string
	Created   time.Time
	Revoked   bool
	Expires   *time.Time // nil: never
	ReadOnly  bool
	CourseIDs []int64 // the courses that the key opens
}

// Keys is a store of API keys.
type Keys interface {
	// KeyByPrefix returns the key with exactly that prefix, revoked and expired
	// ones too. The error is an ErrNoKey when there is none. Finding one should
	// take no longer than finding none, which tells a stranger what exists.
	KeyByPrefix(ctx context.Context, prefix string) (KeyRecord, error)

	// Rehash replaces the hash of a key, if it still is the old one. If not, it
	// does nothing and returns nil: another request was first.
	Rehash(ctx context.Context, id int64, old, replacement string) error
}

// usable reports whether a key that is right is good at the given moment.
func (r *KeyRecord) usable(now time.Time) bool {
	return !r.Revoked && (r.Expires == nil || !r.Expires.Before(now))
}

// principal returns who has the key. An API key may do in its courses what a
// teacher may: its access is "similar to the reviewer access", and every route
// is open to it that needs no active user, those that change assignments too.
func (r *KeyRecord) principal() *Principal {
	p := &Principal{Kind: APIKey, Name: r.Name, KeyID: r.ID, Prefix: r.Prefix, ReadOnly: r.ReadOnly, Expires: r.Expires}
	for _, id := range r.CourseIDs {
		p.Grants = append(p.Grants, Grant{CourseID: id, Roles: Teacher})
	}
	return p
}
