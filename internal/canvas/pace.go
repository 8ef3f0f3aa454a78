package canvas

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Canvas' rate limit is a bucket that each request's cost is poured into and that leaks
// (app/middleware/request_throttle.rb): 600 units are a full one, 10 leak away each second
// and 50 are charged in advance for each request under way.
const (
	outflow   = 10.0
	upFront   = 50.0
	slowBelow = 3 * upFront // what 4 requests in parallel leave of a bucket that is near its end
	longest   = time.Minute // the longest wait before one request
)

// pace makes all requests of a client wait for the bucket that they share.
type pace struct {
	mu    sync.Mutex
	until time.Time
}

// hold lets no request begin before t. It never shortens an earlier hold.
func (p *pace) hold(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.After(p.until) {
		p.until = t
	}
}

// wait sleeps until requests may begin.
func (p *pace) wait(ctx context.Context, c clock) error {
	p.mu.Lock()
	d := p.until.Sub(c.now())
	p.mu.Unlock()
	if d <= 0 {
		return ctx.Err()
	}
	return c.sleep(ctx, d)
}

// heed slows down before Canvas refuses: as long as little remains, each request waits for
// what is missing to leak away. Sites without a limit send no header.
func (p *pace) heed(h http.Header, now time.Time) {
	remaining, ok := remaining(h)
	if ok && remaining < slowBelow {
		p.hold(now.Add(leak(slowBelow - remaining)))
	}
}

// throttled is how long to wait after the n-th refusal in a row, counted from 0: until the
// bucket has room for several requests, twice as long each time, and a random part more so
// that several servers do not come back together.
func throttled(h http.Header, n int) time.Duration {
	if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil && s > 0 {
		return min(jitter(seconds(s)), longest)
	}
	left, _ := remaining(h)
	room := max(leak(slowBelow-left), time.Second)
	return min(jitter(room<<n), longest)
}

// backoff is how long to wait after the n-th failure in a row, counted from 0.
func backoff(n int) time.Duration { return jitter(500 * time.Millisecond << n) }

func leak(units float64) time.Duration { return seconds(units / outflow) }

// seconds is so long a time, and the longest wait at most: others may name any number.
func seconds(n float64) time.Duration {
	return time.Duration(min(n, longest.Seconds()) * float64(time.Second))
}

func jitter(d time.Duration) time.Duration { return d + rand.N(d/2+1) }

func remaining(h http.Header) (float64, bool) {
	n, err := strconv.ParseFloat(h.Get("X-Rate-Limit-Remaining"), 64)
	return n, err == nil && !math.IsNaN(n)
}
