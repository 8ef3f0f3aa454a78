package canvastest

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Request is a received request.
type Request struct {
	At     time.Time
	Method string
	Path   string
	Query  url.Values
	Form   url.Values // of a posted form
	Accept string
	Token  string // the bearer token
	Status int    // of the response; 0 without one
}

type requestLog struct {
	entries   []*Request
	active    int
	maxActive int
}

func (l *requestLog) start(now time.Time, r *http.Request, body []byte) *Request {
	form, _ := url.ParseQuery(string(body))
	e := &Request{now, r.Method, r.URL.Path, r.URL.Query(), form, r.Header.Get("Accept"), bearer(r), 0}
	l.entries = append(l.entries, e)
	l.active++
	l.maxActive = max(l.maxActive, l.active)
	return e
}

func (l *requestLog) end(*Request) { l.active-- }

// Requests returns the requests so far whose path contains every part, in order.
func (s *Server) Requests(parts ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Request
next:
	for _, e := range s.log.entries {
		for _, p := range parts {
			if !strings.Contains(e.Path, p) {
				continue next
			}
		}
		all = append(all, *e)
	}
	return all
}

// MaxConcurrentRequests returns the maximum number of concurrent requests so far.
func (s *Server) MaxConcurrentRequests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.maxActive
}

// ActiveRequests returns the number of requests in progress.
func (s *Server) ActiveRequests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.active
}

// BlockRequests delays all new requests until unblock is called.
func (s *Server) BlockRequests() (unblock func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.gate = nil
		close(gate)
	}
}
