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
		least               time.Duration
	}{
		{"a few seconds", "Retry-After", "7", 7 * time.Second},
		{"more than the longest", "Retry-After", "3600", maxWait},
		{"more than a Duration holds", "Retry-After", "9223372037", maxWait},
		{"more than an int holds", "Retry-After", "9223372036854775808", maxWait},
		{"a date", "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT", time.Second},
		{"less than nothing", "Retry-After", "-9223372037", time.Second},
		{"a bucket far too full", "X-Rate-Limit-Remaining", "-1e300", maxWait},
		{"a bucket fuller than that", "X-Rate-Limit-Remaining", "-1e999", maxWait},
		{"a bucket without end", "X-Rate-Limit-Remaining", "1e300", time.Second},
		{"no number", "X-Rate-Limit-Remaining", "NaN", time.Second},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		for n := range maxThrottledAttempts {
			if got := throttleDelay(h, n); got < c.least || got > maxWait {
				t.Errorf("%s: throttled(%s, %d) = %v, want %v to %v", c.name, c.value, n, got, c.least, maxWait)
			}
		}
		var p rateLimiter
		now := time.Now()
		p.observe(h, now)
		if p.until.Sub(now) > maxWait {
			t.Errorf("%s: heed waits until %v, from %v", c.name, p.until, now)
		}
	}
}
