package canvas

import (
	"net/url"
	"testing"
	"time"
)

// TestDefaults asserts the numbers on which a Canvas relies: its operators limit clients by them.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c := New(&url.URL{}, nil)
	for name, n := range map[string][2]int{
		"requests at once":                    {cap(c.slots), 4},
		"seconds of a request":                {int(c.timeout / time.Second), 30},
		"pages of a list":                     {c.maxPages, 1000},
		"bytes of a response":                 {maxResponse, 33_554_432},
		"attempts with transient failures":    {maxTransientAttempts, 4},
		"attempts that are throttled":         {maxThrottledAttempts, 8},
		"seconds of one wait":                 {int(maxWait / time.Second), 60},
		"units left when a client slows down": {slowdownBelow, 150},
		"requests of a download":              {maxRedirects, 5},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", name, n[0], n[1])
		}
	}
}
