package access

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// clock is a time that stands still until it is moved.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) time() time.Time { return c.now }

func (c *clock) move(d time.Duration) { c.now = c.now.Add(d) }

// allowed fails the test unless Allow says so.
func allowed(t *testing.T, th *Throttle, prefix, addr string, want time.Duration) {
	t.Helper()
	if wait, ok := th.Allow(prefix, addr); wait != want || ok != (want == 0) {
		t.Errorf("Allow(%q, %q) = %v, %v; want %v", prefix, addr, wait, ok, want)
	}
}

func TestThrottlePair(t *testing.T) {
	t.Parallel()
	c := newClock()
	th := NewThrottle(c.time)
	for range pairBurst {
		allowed(t, th, "p", "a", 0)
		th.Fail("p", "a")
	}
	allowed(t, th, "p", "a", pairInterval)
	allowed(t, th, "p", "other address", 0)
	allowed(t, th, "other prefix", "a", 0)
	c.move(pairInterval - time.Second)
	allowed(t, th, "p", "a", time.Second)
	c.move(time.Second)
	allowed(t, th, "p", "a", 0)
	th.Fail("p", "a")
	allowed(t, th, "p", "a", pairInterval)
	th.Succeed("p", "a")
	allowed(t, th, "p", "a", 0)
}

func TestThrottleAddress(t *testing.T) {
	t.Parallel()
	c := newClock()
	th := NewThrottle(c.time)
	th.Succeed("good", "a")
	for i := range addrBurst {
		allowed(t, th, strconv.Itoa(i), "a", 0)
		th.Fail(strconv.Itoa(i), "a")
	}
	allowed(t, th, "new", "a", addrInterval)
	th.Succeed("guessed", "a")
	allowed(t, th, "new", "a", addrInterval) // one success forgives nothing else
	allowed(t, th, "new", "b", 0)
	allowed(t, th, "good", "a", 0) // it has shown that it is not guessing
	for range pairBurst {
		th.Fail("good", "a")
	}
	allowed(t, th, "good", "a", pairInterval)
	c.move(addrInterval)
	allowed(t, th, "new", "a", 0)
}

// TestThrottleForgives holds that no history of failures makes anyone wait for
// longer than an interval, and that waiting as long as told is enough.
func TestThrottleForgives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := newClock()
		th := NewThrottle(c.time)
		for _, pause := range rapid.SliceOfN(rapid.IntRange(0, 90), 0, 300).Draw(rt, "seconds before each failure") {
			c.move(time.Duration(pause) * time.Second)
			th.Fail("p", "a")
		}
		wait, ok := th.Allow("p", "a")
		if ok != (wait == 0) || wait < 0 || wait > pairInterval {
			rt.Fatalf("Allow = %v, %v; want a wait of at most %v", wait, ok, pairInterval)
		}
		c.move(wait)
		if wait, ok := th.Allow("p", "a"); !ok {
			rt.Fatalf("Allow after the wait = %v, %v; want it allowed", wait, ok)
		}
	})
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	th := NewThrottle(newClock().time)
	for range pairBurst {
		th.Fail("victim", "a")
	}
	for i := range 3 * remembered {
		th.Fail(strconv.Itoa(i), strconv.Itoa(i))
		if i%(remembered/2) == 0 {
			allowed(t, th, "victim", "a", pairInterval) // in use, so remembered
		}
	}
	for name, n := range map[string]int{
		"pairs": len(th.pairs.young) + len(th.pairs.old),
		"addrs": len(th.addrs.young) + len(th.addrs.old),
	} {
		if n > 2*remembered {
			t.Errorf("%d %s are remembered, want at most %d", n, name, 2*remembered)
		}
	}
}
