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

// The rate limit of Canvas is a leaky bucket (app/middleware/request_throttle.rb): each request
// adds its cost, a full bucket has 600 units, 10 units leak per second, and 50 units are
// charged in advance for each request in progress.
const (
	leakRate         = 10.0
	chargePerRequest = 50.0
	slowdownBelow    = 3 * chargePerRequest // leaves room for 4 concurrent requests
	maxWait          = time.Minute          // before one request
)

// A rateLimiter delays all requests of a client, which share one bucket.
type rateLimiter struct {
	mu    sync.Mutex
	until time.Time
}

// delayUntil delays all requests until t. It never shortens an earlier delay.
func (p *rateLimiter) delayUntil(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.After(p.until) {
		p.until = t
	}
}

// wait sleeps until requests are allowed.
func (p *rateLimiter) wait(ctx context.Context, c clock) error {
	p.mu.Lock()
	d := p.until.Sub(c.now())
	p.mu.Unlock()
	if d <= 0 {
		return ctx.Err()
	}
	return c.sleep(ctx, d)
}

// observe slows down before Canvas rejects requests: while little quota remains, each request
// waits until enough has leaked. Sites without a rate limit send no header.
func (p *rateLimiter) observe(h http.Header, now time.Time) {
	remainingQuota, ok := remainingQuota(h)
	if ok && remainingQuota < slowdownBelow {
		p.delayUntil(now.Add(leakTime(slowdownBelow - remainingQuota)))
	}
}

// throttleDelay returns the delay after the n-th throttled attempt in a row, counted from 0. It
// lasts until the bucket has room for several requests, doubles each time, and has a random
// part so that several clients do not retry at the same time.
func throttleDelay(h http.Header, n int) time.Duration {
	if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil && s > 0 {
		return min(jitter(boundedSeconds(s)), maxWait)
	}
	remaining, _ := remainingQuota(h)
	delay := max(leakTime(slowdownBelow-remaining), time.Second)
	return min(jitter(delay<<n), maxWait)
}

// retryDelay returns the delay after the n-th failure in a row, counted from 0.
func retryDelay(n int) time.Duration { return jitter(500 * time.Millisecond << n) }

func leakTime(units float64) time.Duration { return boundedSeconds(units / leakRate) }

// boundedSeconds converts seconds to a duration of at most maxWait: servers may send any
// number.
func boundedSeconds(n float64) time.Duration {
	return time.Duration(min(n, maxWait.Seconds()) * float64(time.Second))
}

func jitter(d time.Duration) time.Duration { return d + rand.N(d/2+1) }

func remainingQuota(h http.Header) (float64, bool) {
	n, err := strconv.ParseFloat(h.Get("X-Rate-Limit-Remaining"), 64)
	return n, err == nil && !math.IsNaN(n)
}
