package canvastest

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Parameters of the rate limit of Canvas (app/middleware/request_throttle.rb).
const (
	throttleThreshold = 600.0
	maxBucketLevel    = 800.0
	leakRate          = 10.0 // per second
	chargePerRequest  = 50.0 // in advance, for each request in progress
)

// ThrottleMode is the kind of response of the rate limit.
type ThrottleMode int

// The responses of Canvas: 403 in plain text, or 429 if request_throttle.send_429_response is
// set.
const (
	Plain403 ThrottleMode = iota
	Plain429
)

// A throttle has a leaky bucket for each token.
type throttle struct {
	mode    ThrottleMode
	cost    float64
	buckets map[string]*bucket
}

type bucket struct {
	level   float64
	touched time.Time
}

func newThrottle() throttle { return throttle{cost: 1, buckets: map[string]*bucket{}} }

// SetThrottleMode sets the kind of response of the rate limit.
func (s *Server) SetThrottleMode(mode ThrottleMode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle.mode = mode
}

// SetRequestCost sets the cost of each request. The default is 1.
func (s *Server) SetRequestCost(units float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle.cost = units
}

// SetRemainingQuota sets the remaining quota of the token.
func (s *Server) SetRemainingQuota(remaining float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.throttle.bucket(s.tokens.current)
	b.level, b.touched = throttleThreshold-remaining, s.now()
}

func (t *throttle) bucket(token string) *bucket {
	if t.buckets[token] == nil {
		t.buckets[token] = &bucket{}
	}
	return t.buckets[token]
}

// add makes the bucket leak until now and adds units.
func (b *bucket) add(units float64, now time.Time) {
	if !b.touched.IsZero() {
		b.level = max(0, b.level-leakRate*now.Sub(b.touched).Seconds())
	}
	b.level, b.touched = min(max(0, b.level+units), maxBucketLevel), now
}

// admit charges a request in advance, and rejects it if the bucket is full.
func (t *throttle) admit(w http.ResponseWriter, b *bucket, now time.Time) bool {
	b.add(chargePerRequest, now)
	if b.level < throttleThreshold {
		return true
	}
	b.add(-chargePerRequest, now)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Rate-Limit-Remaining", "0.0")
	status, line := http.StatusForbidden, "403 Forbidden (Rate Limit Exceeded)\n"
	if t.mode == Plain429 {
		status, line = http.StatusTooManyRequests, "429 Too Many Requests (Rate Limit Exceeded)\n"
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, line)
	return false
}

// charge replaces the advance charge by the cost of the request.
func (t *throttle) charge(w http.ResponseWriter, b *bucket, now time.Time) {
	b.add(t.cost-chargePerRequest, now)
	w.Header().Set("X-Request-Cost", strconv.FormatFloat(t.cost, 'f', -1, 64))
	w.Header().Set("X-Rate-Limit-Remaining", strconv.FormatFloat(throttleThreshold-b.level, 'f', -1, 64))
}
