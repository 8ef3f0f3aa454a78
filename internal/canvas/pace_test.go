package canvas

import (
	"net/http"
	"testing"
	"time"
)

// Whatever numbers an answer names, the wait is one that can be waited for.
func TestThrottledAtMost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header, value string
		least               time.Duration
	}{
		{"a few seconds", "Retry-After", "7", 7 * time.Second},
		{"more than the longest", "Retry-After", "3600", longest},
		{"more than a Duration holds", "Retry-After", "9223372037", longest},
		{"more than an int holds", "Retry-After", "9223372036854775808", longest},
		{"a date", "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT", time.Second},
		{"less than nothing", "Retry-After", "-9223372037", time.Second},
		{"a bucket far too full", "X-Rate-Limit-Remaining", "-1e300", longest},
		{"a bucket fuller than that", "X-Rate-Limit-Remaining", "-1e999", longest},
		{"a bucket without end", "X-Rate-Limit-Remaining", "1e300", time.Second},
		{"no number", "X-Rate-Limit-Remaining", "NaN", time.Second},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		for n := range throttledTries {
			if got := throttled(h, n); got < c.least || got > longest {
				t.Errorf("%s: throttled(%s, %d) = %v, want %v to %v", c.name, c.value, n, got, c.least, longest)
			}
		}
		var p pace
		now := time.Now()
		p.heed(h, now)
		if p.until.Sub(now) > longest {
			t.Errorf("%s: heed waits until %v, from %v", c.name, p.until, now)
		}
	}
}
