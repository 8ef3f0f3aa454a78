package canvastest

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// The numbers of Canvas' rate limit (app/middleware/request_throttle.rb).
const (
	highWater = 600.0
	maximum   = 800.0
	outflow   = 10.0 // a second
	upFront   = 50.0 // of each request that is under way
)

// Mode is how a fake answers when the rate limit is reached.
type Mode int

// The answers of Canvas: 403 in plain text, or 429 where request_throttle.send_429_response
// is set.
const (
	Plain403 Mode = iota
	Plain429
)

// throttle has a leaking bucket for each token.
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

// Throttle sets how refusals of the rate limit look.
func (s *Server) Throttle(mode Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle.mode = mode
}

// Cost sets what each request costs, 1 otherwise.
func (s *Server) Cost(units float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttle.cost = units
}

// Drain leaves the token that much of its rate limit.
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

// pour lets the bucket leak until now and adds to it.
func (b *bucket) pour(units float64, now time.Time) {
	if !b.touched.IsZero() {
		b.level = max(0, b.level-outflow*now.Sub(b.touched).Seconds())
	}
	b.level, b.touched = min(max(0, b.level+units), maximum), now
}

// admit charges a request in advance, and answers it when the bucket is full.
func (t *throttle) admit(w http.ResponseWriter, b *bucket, now time.Time) bool {
	b.pour(upFront, now)
	if b.level < highWater {
		return true
	}
	b.pour(-upFront, now)
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

// charge replaces the advance by what the request cost.
func (t *throttle) charge(w http.ResponseWriter, b *bucket, now time.Time) {
	b.pour(t.cost-upFront, now)
	w.Header().Set("X-Request-Cost", strconv.FormatFloat(t.cost, 'f', -1, 64))
	w.Header().Set("X-Rate-Limit-Remaining", strconv.FormatFloat(highWater-b.level, 'f', -1, 64))
}
