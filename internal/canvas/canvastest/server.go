// Package canvastest is a Canvas for tests: a real HTTP server that keeps courses, people,
// submissions and grades, launches LTI tools, answers with the literal payloads of Canvas'
// public documentation and misbehaves in the ways that Canvas does. It knows nothing of the
// client that it tests, and its state outlives every client.
package canvastest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Server is a Canvas. All its methods may be called while it serves.
type Server struct {
	URL          string // of the Canvas, without a slash at the end
	ClientID     string // of the developer key
	ClientSecret string
	RefreshToken string

	now       func() time.Time
	pageSize  int
	jobsTake  time.Duration
	oldErrors bool
	report    func(format string, args ...any)

	api, files *httptest.Server
	mux        *http.ServeMux
	closed     chan struct{}
	closeOnce  sync.Once

	mu       sync.Mutex
	lastID   int64
	owner    int64 // whose token it is
	state    state
	tokens   tokens
	throttle throttle
	lti      lti
	faults   []*planned
	log      requestLog
	failures []string
	gate     chan struct{} // closed when what is held may go on
}

// TB is the part of testing.TB that a fake uses.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// Option is a setting of New.
type Option func(*Server)

// WithClock sets the time of the fake: of its rate limit, its tokens and what it stamps.
// Otherwise it is the computer's.
func WithClock(now func() time.Time) Option { return func(s *Server) { s.now = now } }

// PageSize is how many rows a page has at most, however many are asked for; 3 otherwise,
// so that every list has several pages.
func PageSize(n int) Option { return func(s *Server) { s.pageSize = n } }

// IDsFrom is the first id that the fake gives. Otherwise ids lie beyond 2^53, where
// floating point numbers no longer tell neighbours apart.
func IDsFrom(n int64) Option { return func(s *Server) { s.lastID = n - 1 } }

// JobsTake lets jobs go on by themselves: each ends so long after the one before it in its
// course. Otherwise they go on only when their progress is asked for, or by RunJobs.
func JobsTake(d time.Duration) Option { return func(s *Server) { s.jobsTake = d } }

// OldErrors answers a lack of permission with 401, as older sites do, and not with 403.
func OldErrors() Option { return func(s *Server) { s.oldErrors = true } }

// New starts a Canvas without courses on the loopback interface. With a t it ends with the
// test, which fails when the fake saw what no client may do; with nil the caller calls Close
// and looks at Failures.
func New(t TB, options ...Option) *Server {
	s := &Server{
		ClientID: "10000000000007", ClientSecret: "developer-key-secret", RefreshToken: "refresh-token-of-the-teacher",
		now: time.Now, pageSize: 3, lastID: 1<<53 + 1, closed: make(chan struct{}),
		report: func(string, ...any) {},
		state:  newState(),
		lti:    lti{tools: map[string]Tool{}, launches: map[string]*launch{}},
	}
	for _, set := range options {
		set(s)
	}
	s.owner = s.nextID()
	s.throttle = newThrottle()
	s.tokens.issue(s.now())
	s.mux = s.routes()
	s.api = httptest.NewServer(http.HandlerFunc(s.serve))
	s.files = httptest.NewServer(http.HandlerFunc(s.serveFile))
	s.URL = s.api.URL
	if t != nil {
		t.Helper()
		s.report = t.Errorf
		t.Cleanup(s.Close)
	}
	return s
}

// Close ends the fake and every request that it stalls.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		close(s.closed)
		s.api.CloseClientConnections()
		s.api.Close()
		s.files.Close()
	})
}

// Failures are what clients did and must not do, such as showing the token to another host.
func (s *Server) Failures() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.failures...)
}

func (s *Server) fail(format string, args ...any) {
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
	s.report("canvastest: "+format, args...)
}

func (s *Server) nextID() int64 {
	s.lastID++
	return s.lastID
}

// or is id, or the next free one in its place when it is 0.
func (s *Server) or(id int64) int64 {
	if id != 0 {
		return id
	}
	return s.nextID()
}
