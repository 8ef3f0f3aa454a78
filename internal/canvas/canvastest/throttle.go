package canvastest

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Parameters of the rate limit of Canvas (app/middleware/request_throttle.rb).
const (
	highWater        = 600.0
	maximum          = 800.0
	leakRate         = 10.0 // per second
	chargePerRequest = 50.0 // in advance, for each request in progress
)

// Mode is the kind of response of the rate limit.
type Mode int

// The responses of Canvas: 403 in plain text, or 429 if request_throttle.send_429_response is
// set.
const (
	Plain403 Mode = iota
	Plain429
)

// A throttle has a leaky bucket for each token.
type throttle struct {
	mode    Mode
	cost    float64
	buckets map[string]*bucket
}

type bucket struct {
	level   float64
	touched time.Time
}

func newThrottle() throttle { return throttle{cost: 1, buckets: map[string]*bucket{}} }

// Throttle sets the kind of response of the rate limit.
func (s *Server) Throttle(mode Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle.mode = mode
}

// Cost sets the cost of each request. The default is 1.
func (s *Server) Cost(units float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle.cost = units
}

// Drain sets the remaining quota of the token.
func (s *Server) Drain(remaining float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.throttle.bucket(s.tokens.current)
	b.level, b.touched = highWater-remaining, s.now()
}

func (t *throttle) bucket(token string) *bucket {
	if t.buckets[token] == nil {
		t.buckets[token] = &bucket{}
	}
	return t.buckets[token]
}

// pour makes the bucket leak until now and adds units.
func (b *bucket) pour(units float64, now time.Time) {
	if !b.touched.IsZero() {
		b.level = max(0, b.level-leakRate*now.Sub(b.touched).Seconds())
	}
	b.level, b.touched = min(max(0, b.level+units), maximum), now
}

// admit charges a request in advance, and rejects it if the bucket is full.
func (t *throttle) admit(w http.ResponseWriter, b *bucket, now time.Time) bool {
	b.pour(chargePerRequest, now)
	if b.level < highWater {
		return true
	}
	b.pour(-chargePerRequest, now)
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
	b.pour(t.cost-chargePerRequest, now)
	w.Header().Set("X-Request-Cost", strconv.FormatFloat(t.cost, 'f', -1, 64))
	w.Header().Set("X-Rate-Limit-Remaining", strconv.FormatFloat(highWater-b.level, 'f', -1, 64))
}
