package canvas

import (
	"net/http"
	"testing"
	"time"
)

// TestThrottleDelayIsBounded asserts that no number in a response causes a longer delay than
// maxWait.
func TestThrottleDelayIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header, value string
		min                 time.Duration
	}{
		{"a few seconds", "Retry-After", "7", 7 * time.Second},
		{"above maxWait", "Retry-After", "3600", maxWait},
		{"above the maximum of a Duration", "Retry-After", "9223372037", maxWait},
		{"above the maximum of an int", "Retry-After", "9223372036854775808", maxWait},
		{"a date", "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT", time.Second},
		{"negative", "Retry-After", "-9223372037", time.Second},
		{"a very full bucket", "X-Rate-Limit-Remaining", "-1e300", maxWait},
		{"an infinitely full bucket", "X-Rate-Limit-Remaining", "-1e999", maxWait},
		{"a huge quota", "X-Rate-Limit-Remaining", "1e300", time.Second},
		{"NaN", "X-Rate-Limit-Remaining", "NaN", time.Second},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		for n := range maxThrottledAttempts {
			if got := throttleDelay(h, n); got < c.min || got > maxWait {
				t.Errorf("%s: throttleDelay(%s, %d) = %v, want %v to %v", c.name, c.value, n, got, c.min, maxWait)
			}
		}
		var p rateLimiter
		now := time.Now()
		p.observe(h, now)
		if p.until.Sub(now) > maxWait {
			t.Errorf("%s: observe waits until %v, from %v", c.name, p.until, now)
		}
	}
}
