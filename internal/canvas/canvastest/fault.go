package canvastest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// Kind is the kind of a fault.
type Kind int

// The kinds of faults. A fault happens before or after the execution of the request: see Fault.
const (
	ServerError   Kind = iota // 500 with an error report, as JSON
	BadGateway                // 502 with the HTML page of a proxy
	Reset                     // the connection is reset, in the middle of the response if there is one
	Stall                     // no response until the client disconnects
	Truncated                 // the JSON of the response is cut off
	Twice                     // the request is executed twice, and the second response is sent
	Elsewhere                 // the link to the next page leads to another host
	MissingScopes             // the developer key lacks a scope
)

// A Fault is an injected fault. With Done, the request is executed before the fault; otherwise it
// is not, except for kinds that change a response.
type Fault struct {
	Kind Kind
	Done bool
}

// A Match selects requests. Empty fields match all.
type Match struct {
	Method string
	Path   string // substring of the path
	Query  string // substring of the raw query
	Times  int    // number of requests; 0 is one, -1 is all
}

type planned struct {
	Match
	Fault
	left int
}

// Fault injects a fault into the next matching requests. If several faults match, the oldest is
// used.
func (s *Server) Fault(m Match, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := m.Times
	if left == 0 {
		left = 1
	}
	s.faults = append(s.faults, &planned{m, f, left})
}

// Heal removes all injected faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) faultFor(r *http.Request) *planned {
	for _, p := range s.faults {
		if p.left != 0 && (p.Method == "" || p.Method == r.Method) &&
			strings.Contains(r.URL.Path, p.Path) && strings.Contains(r.URL.RawQuery, p.Query) {
			p.left--
			return p
		}
	}
	return nil
}

// before reports whether the fault happens before the execution of the request.
func (f Fault) before() bool {
	switch f.Kind {
	case Truncated, Twice, Elsewhere:
		return false
	}
	return !f.Done
}

// harm sends the faulty response. answer is nil if the request was not executed.
func (s *Server) harm(w http.ResponseWriter, r *http.Request, f Fault, answer *httptest.ResponseRecorder, e *Request) {
	switch f.Kind {
	case ServerError:
		s.note(e, http.StatusInternalServerError)
		s.refuse(w, http.StatusInternalServerError, "error_server.json")
	case BadGateway:
		s.note(e, http.StatusBadGateway)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write(payload("bad_gateway.html"))
	case MissingScopes:
		s.note(e, http.StatusUnauthorized)
		s.refuse(w, http.StatusUnauthorized, "error_scopes.json")
	case Stall:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
	case Reset:
		reset(w, answer)
	case Truncated:
		whole := answer.Body.Len()
		answer.Body.Truncate(whole / 2)
		s.note(e, answer.Code)
		send(w, answer)
	case Elsewhere:
		for name, links := range answer.Header() {
			if strings.EqualFold(name, "Link") {
				links[0] = strings.ReplaceAll(links[0], s.URL, s.files.URL)
			}
		}
		s.note(e, answer.Code)
		send(w, answer)
	case Twice:
		s.note(e, answer.Code)
		send(w, answer)
	}
}

// reset resets the connection, after half of the response if there is one.
func reset(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	if answer != nil {
		whole := answer.Body.Len()
		answer.Body.Truncate(whole / 2)
		answer.Header().Set("Content-Length", strconv.Itoa(whole))
		send(w, answer)
		_ = http.NewResponseController(w).Flush()
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // closes the connection as well
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close sends a reset
	}
	_ = conn.Close()
}
