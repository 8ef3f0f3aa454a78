package access

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Limits of failed attempts. After a burst, one more attempt is allowed per interval.
const (
	clientKeyBurst    = 10 // of one key prefix from one address
	clientKeyInterval = time.Minute
	addrBurst         = 100 // of one address
	addrInterval      = 2 * time.Second

	maxTracked = 1 << 15 // of each: key prefixes with their address, addresses
)

// Throttle slows down guessing of keys. It counts failed attempts for each key prefix
// from each address, and for each address. A key that was valid at an address is exempt
// from the limit of that address, so that one broken script does not lock out every
// client behind the same gateway. A Throttle is safe for concurrent use. Its memory is
// bounded: it forgets the least recently used entries.
type Throttle struct {
	now func() time.Time

	mu          sync.Mutex
	byClientKey *simplelru.LRU[clientKey, attemptHistory]
	byAddr      *simplelru.LRU[string, attemptHistory]
}

// A clientKey is a key prefix at a client address.
type clientKey struct{ prefix, addr string }

// An attemptHistory summarizes the attempts of a clientKey or an address.
type attemptHistory struct {
	// forgivenAt is the time at which all failures so far are forgiven. Each failure adds
	// an interval.
	forgivenAt time.Time
	// succeeded reports whether the key was valid at this address.
	succeeded bool
}

// NewThrottle returns a Throttle that reads the time from now.
func NewThrottle(now func() time.Time) *Throttle {
	return &Throttle{now: now, byClientKey: newHistories[clientKey](), byAddr: newHistories[string]()}
}

func newHistories[K comparable]() *simplelru.LRU[K, attemptHistory] {
	histories, err := simplelru.NewLRU[K, attemptHistory](maxTracked, nil)
	if err != nil {
		panic(err) // only a size below 1 is an error
	}
	return histories
}

// Allow reports whether a client at addr may try a key with the prefix now. If not,
// retryAfter is the time to wait.
func (t *Throttle) Allow(prefix, addr string) (retryAfter time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	h, _ := t.byClientKey.Get(clientKey{prefix, addr})
	wait := h.wait(now, clientKeyBurst, clientKeyInterval)
	if !h.succeeded {
		ofAddr, _ := t.byAddr.Get(addr)
		wait = max(wait, ofAddr.wait(now, addrBurst, addrInterval))
	}
	return wait, wait == 0
}

// Fail counts a failed attempt.
func (t *Throttle) Fail(prefix, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	h, _ := t.byClientKey.Get(clientKey{prefix, addr})
	t.byClientKey.Add(clientKey{prefix, addr}, h.withFailure(now, clientKeyBurst, clientKeyInterval))
	ofAddr, _ := t.byAddr.Get(addr)
	t.byAddr.Add(addr, ofAddr.withFailure(now, addrBurst, addrInterval))
}

// Succeed forgets the failures of the key at addr. It keeps those of the address, because
// the owner of one valid key may still guess others.
func (t *Throttle) Succeed(prefix, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byClientKey.Add(clientKey{prefix, addr}, attemptHistory{succeeded: true})
}

// wait returns the time until another attempt is allowed.
func (h attemptHistory) wait(now time.Time, burst int, interval time.Duration) time.Duration {
	return max(0, h.forgivenAt.Add(-time.Duration(burst-1)*interval).Sub(now))
}

// withFailure returns h with one more failure. Failures count up to a full burst, so that
// concurrent attempts never cause a wait longer than an interval.
func (h attemptHistory) withFailure(now time.Time, burst int, interval time.Duration) attemptHistory {
	if h.forgivenAt.Before(now) {
		h.forgivenAt = now
	}
	h.forgivenAt = h.forgivenAt.Add(interval)
	if latest := now.Add(time.Duration(burst) * interval); h.forgivenAt.After(latest) {
		h.forgivenAt = latest
	}
	return h
}

// A ThrottledError reports too many failed attempts.
type ThrottledError struct {
	RetryAfter time.Duration // until another attempt is allowed; above 0
}

// Error says when to try again, in whole seconds.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed attempts: try again in %v", e.roundUp())
}

// roundUp returns RetryAfter in whole seconds.
func (e *ThrottledError) roundUp() time.Duration {
	return (e.RetryAfter + time.Second - 1).Truncate(time.Second)
}
