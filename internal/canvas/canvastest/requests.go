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
	entries  []*Request
	underWay int
	most     int
}

func (l *requestLog) begin(now time.Time, r *http.Request, body []byte) *Request {
	form, _ := url.ParseQuery(string(body))
	e := &Request{now, r.Method, r.URL.Path, r.URL.Query(), form, r.Header.Get("Accept"), bearer(r), 0}
	l.entries = append(l.entries, e)
	l.underWay++
	l.most = max(l.most, l.underWay)
	return e
}

func (l *requestLog) end(*Request) { l.underWay-- }

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

// MostAtOnce returns the maximum number of concurrent requests so far.
func (s *Server) MostAtOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.most
}

// UnderWay returns the number of requests in progress.
func (s *Server) UnderWay() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.underWay
}

// Hold delays all new requests until release is called.
func (s *Server) Hold() (release func()) {
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
