package process

import (
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// minEnginePause and maxEnginePause are the shortest and the longest pause without requests to an
// unavailable engine.
const minEnginePause, maxEnginePause = 10 * time.Second, 2 * time.Minute

// A circuitBreaker stops requests to an engine that is not available. It opens for longer
// each time. After a pause it is half open: one caller probes the engine, while the others
// wait. The zero value is closed.
type circuitBreaker struct {
	mu      sync.Mutex
	backoff *backoff.ExponentialBackOff // nil while closed
	// openUntil is when the current pause ends.
	openUntil time.Time
	probed    bool // the engine has answered a probe since the last failure
}

// remainingPause returns how long the caller must not send requests. If probe is true, the
// caller must probe the engine, and call probeSucceeded if the engine answers.
func (b *circuitBreaker) remainingPause(now time.Time) (d time.Duration, probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case now.Before(b.openUntil):
		return b.openUntil.Sub(now), false
	case b.backoff != nil && !b.probed:
		b.startPause(now) // for the other callers, during the probe
		return 0, true
	}
	return 0, false
}

// open opens the breaker after a failed request. It does nothing if the breaker is open
// already, because many callers fail at the same time.
func (b *circuitBreaker) open(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !now.Before(b.openUntil) {
		b.startPause(now)
	}
}

// startPause starts a pause that is longer than the previous one. The caller holds the lock.
func (b *circuitBreaker) startPause(now time.Time) {
	if b.backoff == nil {
		b.backoff = &backoff.ExponentialBackOff{InitialInterval: minEnginePause, MaxInterval: maxEnginePause, Multiplier: 2}
	}
	b.openUntil, b.probed = now.Add(b.backoff.NextBackOff()), false
}

// probeSucceeded lets requests through to an engine that answers. The next failure continues
// the backoff.
func (b *circuitBreaker) probeSucceeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.openUntil, b.probed = time.Time{}, true
}

// close closes the breaker after a request that the engine completed.
func (b *circuitBreaker) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.openUntil, b.probed, b.backoff = time.Time{}, false, nil
}
