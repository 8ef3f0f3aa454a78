package access

import (
	"fmt"
	"sync"
	"time"
)

// Limits of failed attempts. After a burst, one more is allowed in each
// interval.
const (
	pairBurst    = 10 // of one key prefix from one address
	pairInterval = time.Minute
	addrBurst    = 100 // of one address
	addrInterval = 2 * time.Second

	remembered = 1 << 15 // prefixes with address, and as many addresses
)

// Throttle slows down guessing. It counts failed attempts for each key prefix
// from each address, and for each address. A key that was good at an address is
// not held to the count of that address, so that one broken script does not lock
// out everyone behind the same gateway. It may be used by several goroutines at
// once, and its memory is bounded: what was used least lately is forgotten.
type Throttle struct {
	now func() time.Time

	mu    sync.Mutex
	pairs recent[pair, attempts]
	addrs recent[string, attempts]
}

type pair struct{ prefix, addr string }

// attempts is what is known of a pair or an address.
type attempts struct {
	// paid is when all failures so far are forgiven: each adds an interval.
	paid time.Time
	// good says that the pair has succeeded.
	good bool
}

// NewThrottle returns a Throttle that reads the time from now.
func NewThrottle(now func() time.Time) *Throttle { return &Throttle{now: now} }

// Allow reports whether the key with that prefix may be tried from addr now. If
// not, it says in how long.
func (t *Throttle) Allow(prefix, addr string) (retryAfter time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	p, _ := t.pairs.load(pair{prefix, addr})
	wait := p.wait(now, pairBurst, pairInterval)
	if !p.good {
		a, _ := t.addrs.load(addr)
		wait = max(wait, a.wait(now, addrBurst, addrInterval))
	}
	return wait, wait == 0
}

// Fail counts a failed attempt.
func (t *Throttle) Fail(prefix, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	p, _ := t.pairs.load(pair{prefix, addr})
	t.pairs.store(pair{prefix, addr}, p.failed(now, pairBurst, pairInterval))
	a, _ := t.addrs.load(addr)
	t.addrs.store(addr, a.failed(now, addrBurst, addrInterval))
}

// Succeed forgets the failures of the key at addr. It leaves those of the
// address: one good key is no licence to guess others.
func (t *Throttle) Succeed(prefix, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := pair{prefix, addr}
	if p, ok := t.pairs.load(key); !ok || p != (attempts{good: true}) {
		t.pairs.store(key, attempts{good: true})
	}
}

// wait returns how long it takes until fewer than burst failures are unpaid.
func (a attempts) wait(now time.Time, burst int, interval time.Duration) time.Duration {
	return max(0, a.paid.Add(-time.Duration(burst-1)*interval).Sub(now))
}

// failed adds a failure, up to a full burst: attempts that were made at the same
// time make nobody wait for longer than an interval.
func (a attempts) failed(now time.Time, burst int, interval time.Duration) attempts {
	if a.paid.Before(now) {
		a.paid = now
	}
	a.paid = a.paid.Add(interval)
	if most := now.Add(time.Duration(burst) * interval); a.paid.After(most) {
		a.paid = most
	}
	return a
}

// ThrottledError says that there were too many failed attempts.
type ThrottledError struct {
	RetryAfter time.Duration // until another attempt is allowed; above 0
}

// Error says when to try again, in whole seconds.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed attempts: try again in %v", (e.RetryAfter + time.Second - 1).Truncate(time.Second))
}
