// Package canvastest has a fake Canvas for tests. It is an HTTP server with courses, people,
// submissions, grades and LTI launches, whose responses are the literal payloads of the public
// documentation of Canvas. It can inject the faults of a real Canvas.
package canvastest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// A Server is a fake Canvas. It is safe for concurrent use.
type Server struct {
	URL          string // of the Canvas, without a slash at the end
	ClientID     string // of the developer key
	ClientSecret string
	RefreshToken string

	now            func() time.Time
	pageSize       int
	jobDuration    time.Duration
	forbiddenIs401 bool
	selfHosted     bool
	report         func(format string, args ...any)

	api, files *httptest.Server
	mux        *http.ServeMux
	closed     chan struct{}
	closeOnce  sync.Once

	mu       sync.Mutex
	lastID   int64
	owner    int64 // id of the owner of the token
	state    state
	tokens   tokens
	throttle throttle
	lti      lti
	faults   []*pendingFault
	log      requestLog
	failures []string
	gate     chan struct{} // closed when blocked requests may continue
}

// TB is the part of testing.TB that a fake uses.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// Option is a setting of New.
type Option func(*Server)

// WithClock sets the clock of the fake. The default is the system clock.
func WithClock(now func() time.Time) Option { return func(s *Server) { s.now = now } }

// WithPageSize sets the maximum number of rows per page, even if a client requests more. The default is
// 3, so that lists have several pages.
func WithPageSize(n int) Option { return func(s *Server) { s.pageSize = n } }

// WithFirstID sets the first id. By default ids exceed 2^53, so that floating point numbers cannot
// represent them.
func WithFirstID(n int64) Option { return func(s *Server) { s.lastID = n - 1 } }

// WithJobDuration makes jobs run by the clock: each takes d after the previous one in its course. By
// default they advance only when their progress is requested, or by RunJobs.
func WithJobDuration(d time.Duration) Option { return func(s *Server) { s.jobDuration = d } }

// With401ForForbidden makes the status of a missing permission 401, as on older sites, instead of 403.
func With401ForForbidden() Option { return func(s *Server) { s.forbiddenIs401 = true } }

// WithOwnIssuer makes the Canvas a self-hosted one, whose LTI issuer is its URL. By default it is one of the cloud.
func WithOwnIssuer() Option { return func(s *Server) { s.selfHosted = true } }

// New starts a Canvas without courses on the loopback interface. With t it is closed at the end of
// the test, which fails if a client did something forbidden. With nil the caller must call Close
// and check Failures.
func New(t TB, options ...Option) *Server {
	s := &Server{
		ClientID: "10000000000007", ClientSecret: "developer-key-secret", RefreshToken: "refresh-token-of-the-teacher",
		now: time.Now, pageSize: 3, lastID: 1<<53 + 1, closed: make(chan struct{}),
		report: func(string, ...any) {},
		state:  newState(),
		lti:    lti{tools: map[string]Tool{}, launches: map[string]*launch{}, registrations: map[string]*registration{}},
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

// Close stops the fake and all stalled requests.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		close(s.closed)
		s.api.CloseClientConnections()
		s.api.Close()
		s.files.Close()
	})
}

// Failures returns the forbidden actions of clients, such as sending the token to another host.
func (s *Server) Failures() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.failures...)
}

func (s *Server) recordFailure(format string, args ...any) {
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
	s.report("canvastest: "+format, args...)
}

func (s *Server) nextID() int64 {
	s.lastID++
	return s.lastID
}

// idOrNext returns id, or the next id if it is 0.
func (s *Server) idOrNext(id int64) int64 {
	if id != 0 {
		return id
	}
	return s.nextID()
}
