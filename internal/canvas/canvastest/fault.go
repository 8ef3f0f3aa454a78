package canvastest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// Kind is a way to misbehave.
type Kind int

// The ways to misbehave. Some lose the request, some the answer: a Fault says which.
const (
	ServerError   Kind = iota // 500 with an error report, as JSON
	BadGateway                // 502 with a page of a proxy, as HTML
	Reset                     // the connection is reset: in the middle of the answer, if there is one
	Stall                     // no answer until the client hangs up
	Truncated                 // JSON that breaks off, in an answer that is otherwise well
	Twice                     // the request arrives twice, and the second answer goes out
	Elsewhere                 // the link to the next page leads to another host
	MissingScopes             // the developer key lacks a scope
)

// Fault is a misbehaviour. With Done, the request is done before it, and only the answer is
// lost; without, the request is lost, except for kinds that need an answer to spoil.
type Fault struct {
	Kind Kind
	Done bool
}

// Match says which requests misbehave: empty fields match all.
type Match struct {
	Method string
	Path   string // a part of the path
	Query  string // a part of the query, as it is sent
	Times  int    // how often; 0 is once, -1 for ever
}

type planned struct {
	Match
	Fault
	left int
}

// Fault plans a misbehaviour for the next requests that match. Of several plans the oldest
// that matches is carried out.
func (s *Server) Fault(m Match, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := m.Times
	if left == 0 {
		left = 1
	}
	s.faults = append(s.faults, &planned{m, f, left})
}

// Heal forgets all planned misbehaviour.
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

// before reports whether the request is lost.
func (f Fault) before() bool {
	switch f.Kind {
	case Truncated, Twice, Elsewhere:
		return false
	}
	return !f.Done
}

// harm sends what is left of the answer, which is nil when the request was lost.
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

// reset breaks the connection, after half of the answer if there is one.
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
		panic(http.ErrAbortHandler) // breaks the connection as well
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close sends a reset
	}
	_ = conn.Close()
}
