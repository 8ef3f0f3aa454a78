package access

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A clock stands still until advance is called.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) time() time.Time { return c.now }

func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

// wantWait checks the wait that Allow returns.
func wantWait(t *testing.T, th *Throttle, prefix, addr string, want time.Duration) {
	t.Helper()
	if wait, ok := th.Allow(prefix, addr); wait != want || ok != (want == 0) {
		t.Errorf("Allow(%q, %q) = %v, %v; want %v", prefix, addr, wait, ok, want)
	}
}

func TestThrottleClientKey(t *testing.T) {
	t.Parallel()
	c := newClock()
	th := NewThrottle(c.time)
	for range clientKeyBurst {
		wantWait(t, th, "p", "a", 0)
		th.Fail("p", "a")
	}
	wantWait(t, th, "p", "a", clientKeyInterval)
	wantWait(t, th, "p", "other address", 0)
	wantWait(t, th, "other prefix", "a", 0)
	c.advance(clientKeyInterval - time.Second)
	wantWait(t, th, "p", "a", time.Second)
	c.advance(time.Second)
	wantWait(t, th, "p", "a", 0)
	th.Fail("p", "a")
	wantWait(t, th, "p", "a", clientKeyInterval)
	th.Succeed("p", "a")
	wantWait(t, th, "p", "a", 0)
}

func TestThrottleAddress(t *testing.T) {
	t.Parallel()
	c := newClock()
	th := NewThrottle(c.time)
	th.Succeed("good", "a")
	for i := range addrBurst {
		wantWait(t, th, strconv.Itoa(i), "a", 0)
		th.Fail(strconv.Itoa(i), "a")
	}
	wantWait(t, th, "new", "a", addrInterval)
	th.Succeed("guessed", "a")
	wantWait(t, th, "new", "a", addrInterval) // a success does not forgive the failures of others
	wantWait(t, th, "new", "b", 0)
	wantWait(t, th, "good", "a", 0) // a valid key is exempt
	for range clientKeyBurst {
		th.Fail("good", "a")
	}
	wantWait(t, th, "good", "a", clientKeyInterval)
	c.advance(addrInterval)
	wantWait(t, th, "new", "a", 0)
}

// TestThrottleForgives asserts that no history of failures causes a wait longer than an
// interval, and that waiting for RetryAfter is enough.
func TestThrottleForgives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := newClock()
		th := NewThrottle(c.time)
		for _, pause := range rapid.SliceOfN(rapid.IntRange(0, 90), 0, 300).Draw(rt, "seconds before each failure") {
			c.advance(time.Duration(pause) * time.Second)
			th.Fail("p", "a")
		}
		wait, ok := th.Allow("p", "a")
		if ok != (wait == 0) || wait < 0 || wait > clientKeyInterval {
			rt.Fatalf("Allow = %v, %v; want a wait of at most %v", wait, ok, clientKeyInterval)
		}
		c.advance(wait)
		if wait, ok := th.Allow("p", "a"); !ok {
			rt.Fatalf("Allow after the wait = %v, %v; want it allowed", wait, ok)
		}
	})
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	th := NewThrottle(newClock().time)
	for range clientKeyBurst {
		th.Fail("victim", "a")
	}
	for i := range 3 * maxTracked {
		th.Fail(strconv.Itoa(i), strconv.Itoa(i))
		if i%(maxTracked/2) == 0 {
			wantWait(t, th, "victim", "a", clientKeyInterval) // recently used, so still tracked
		}
	}
	for name, n := range map[string]int{
		"client keys": th.byClientKey.Len(),
		"addresses":   th.byAddr.Len(),
	} {
		if n > maxTracked {
			t.Errorf("%d %s are tracked, want at most %d", n, name, maxTracked)
		}
	}
}
