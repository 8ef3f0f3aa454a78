package access

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ErrKeyNotFound is the error for a prefix that no key in the store has.
var ErrKeyNotFound = errors.New("no such API key")

// A KeyRecord is an API key in a store.
type KeyRecord struct {
	ID        int64
	Prefix    string
	Hash      string // in a format of [Verify]
	Name      string
	Created   time.Time
	Revoked   bool
	Expires   *time.Time // nil if never
	ReadOnly  bool
	CourseIDs []int64 // the courses that the key has access to
	// MinGroup is the minimum number of students in a figure, of a key that may read only figures; 0 for
	// other keys.
	MinGroup int
	// Pseudonymous is set for a key that sees pseudonyms in place of people.
	Pseudonymous bool
	// LastUsed is the recorded time of the last use; nil if never. See [UseRecorder].
	LastUsed *time.Time
}

// Keys is a store of API keys.
type Keys interface {
	// KeyByPrefix returns the key with exactly that prefix, even if it is revoked or
	// expired. The error is an ErrKeyNotFound if no key has the prefix. Both cases should
	// take the same time, so that timing does not reveal which keys exist.
	KeyByPrefix(ctx context.Context, prefix string) (KeyRecord, error)

	// Rehash replaces the hash of a key if it is still the old one. Otherwise another
	// request has replaced it: Rehash does nothing and returns nil.
	Rehash(ctx context.Context, id int64, old, replacement string) error
}

// activeAt reports whether the key is neither revoked nor expired at the time.
func (r *KeyRecord) activeAt(now time.Time) bool {
	return !r.Revoked && (r.Expires == nil || !r.Expires.Before(now))
}

// equals reports whether r and other differ at most in the time of the last use.
func (r *KeyRecord) equals(other *KeyRecord) bool {
	return r.ID == other.ID && r.Prefix == other.Prefix && r.Hash == other.Hash && r.Name == other.Name && r.Created.Equal(other.Created) &&
		r.Revoked == other.Revoked && sameTime(r.Expires, other.Expires) && r.ReadOnly == other.ReadOnly && slices.Equal(r.CourseIDs, other.CourseIDs) &&
		r.MinGroup == other.MinGroup && r.Pseudonymous == other.Pseudonymous
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// principal returns the principal of the key. An API key has the rights of a teacher in its
// courses: the Momotor documentation calls its access "similar to the reviewer access", and
// allows it every route that needs no active user, including changes of assignments. A key that may read
// only figures or pseudonyms changes nothing, because the responses to changes name people.
func (r *KeyRecord) principal() *Principal {
	p := &Principal{
		Kind: APIKey, Name: r.Name, KeyID: r.ID, Prefix: r.Prefix, Expires: r.Expires,
		ReadOnly: r.ReadOnly || r.MinGroup > 0 || r.Pseudonymous, MinGroup: r.MinGroup, Pseudonymous: r.Pseudonymous,
	}
	for _, id := range r.CourseIDs {
		p.Grants = append(p.Grants, Grant{CourseID: id, Roles: Teacher})
	}
	return p
}
