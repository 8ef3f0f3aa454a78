package canvastest

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Request is a request that arrived.
type Request struct {
	At     time.Time
	Method string
	Path   string
	Query  url.Values
	Form   url.Values // of a form that was posted
	Accept string
	Token  string // the bearer token
	Status int    // of the answer; 0 while there is none, or when it was lost
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

// Requests are the requests that arrived until now, in order. Those whose path does not
// contain every part are left out.
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

// MostAtOnce is how many requests were under way at once, at most.
func (s *Server) MostAtOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.most
}

// UnderWay is how many requests are under way.
func (s *Server) UnderWay() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.underWay
}

// Hold keeps every request that arrives from now on waiting, until release is called.
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
