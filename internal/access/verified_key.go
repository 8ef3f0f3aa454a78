package access

import (
	"crypto/sha256"
	"time"

	"github.com/momotor/resultgraph/internal/lru"
)

// Keys are remembered for memoryTime after they were verified. At most maxRemembered keys are
// remembered, and fewer if they have many courses.
const (
	memoryTime         = time.Minute
	maxRemembered      = 4096
	maxRememberedBytes = 8 << 20
)

// A verifiedKey is the record that a key was verified with.
type verifiedKey struct {
	record    KeyRecord
	principal *Principal
	at        time.Time
}

// verifiedKeys are verified keys by the SHA-256 of their texts. There are no entries for other keys.
type verifiedKeys = lru.Cache[[sha256.Size]byte, *verifiedKey]

func newVerifiedKeys() *verifiedKeys {
	return lru.New[[sha256.Size]byte, *verifiedKey](maxRemembered, maxRememberedBytes)
}

func (v *verifiedKey) bytes() int {
	const fixed, ofCourse = 1024, 24 // with the prefix and the hash; an id of a course and its grant
	return fixed + len(v.record.Name) + ofCourse*len(v.record.CourseIDs)
}

// digest returns the key's index in verifiedKeys.
func (k Key) digest() [sha256.Size]byte { return sha256.Sum256([]byte(k.Reveal())) }

// recall returns how k was verified, or nil if that is too long ago or the key has expired since.
func (a *Authenticator) recall(k Key) *verifiedKey {
	a.once.Do(a.init)
	v, ok := a.verified.Get(k.digest())
	now := a.Now()
	if !ok || now.Sub(v.at) >= memoryTime || now.Before(v.at) || !v.record.activeAt(now) {
		return nil
	}
	return v
}

// remember returns the principal of k, and remembers that k was verified. A key with a slow hash is not
// remembered, because its hash is replaced.
func (a *Authenticator) remember(k Key, r KeyRecord) *Principal {
	v := &verifiedKey{r, r.principal(), a.Now()}
	if !isSlow(r.Hash) {
		a.verified.Add(k.digest(), v, v.bytes())
	}
	return v.principal
}

func (a *Authenticator) forget(k Key) { a.verified.Remove(k.digest()) }
