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

// The kinds of faults. A fault happens before or after the execution of the request: see Fault.Executed.
const (
	ServerError   Kind = iota // 500 with an error report, as JSON
	BadGateway                // 502 with the HTML page of a proxy
	Reset                     // the connection is reset, in the middle of the response if there is one
	Stall                     // no response until the client disconnects
	Truncated                 // the JSON of the response is cut off
	ExecutedTwice             // the request is executed twice, and the second response is sent
	ForeignLink               // the link to the next page leads to another host
	MissingScopes             // the developer key lacks a scope
)

// A Fault is an injected fault. With Executed, the request is executed before the fault; otherwise it
// is not, except for kinds that change a response.
type Fault struct {
	Kind     Kind
	Executed bool
}

// A Match selects requests. Empty fields match all.
type Match struct {
	Method string
	Path   string // substring of the path
	Query  string // substring of the raw query
	Times  int    // number of requests; 0 is one, -1 is all
}

type pendingFault struct {
	Match
	Fault
	remaining int
}

// InjectFault injects a fault into the next matching requests. If several faults match, the oldest
// applies.
func (s *Server) InjectFault(m Match, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	remaining := m.Times
	if remaining == 0 {
		remaining = 1
	}
	s.faults = append(s.faults, &pendingFault{m, f, remaining})
}

// ClearFaults removes all injected faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) nextFault(r *http.Request) *pendingFault {
	for _, p := range s.faults {
		if p.remaining != 0 && (p.Method == "" || p.Method == r.Method) &&
			strings.Contains(r.URL.Path, p.Path) && strings.Contains(r.URL.RawQuery, p.Query) {
			p.remaining--
			return p
		}
	}
	return nil
}

// before reports whether the fault happens before the execution of the request.
func (f Fault) before() bool {
	switch f.Kind {
	case Truncated, ExecutedTwice, ForeignLink:
		return false
	}
	return !f.Executed
}

// writeFault sends the faulty response. response is nil if the request was not executed.
func (s *Server) writeFault(w http.ResponseWriter, r *http.Request, f Fault, response *httptest.ResponseRecorder, e *Request) {
	switch f.Kind {
	case ServerError:
		s.recordStatus(e, http.StatusInternalServerError)
		s.writeError(w, http.StatusInternalServerError, "error_server.json")
	case BadGateway:
		s.recordStatus(e, http.StatusBadGateway)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write(payload("bad_gateway.html"))
	case MissingScopes:
		s.recordStatus(e, http.StatusUnauthorized)
		s.writeError(w, http.StatusUnauthorized, "error_scopes.json")
	case Stall:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
	case Reset:
		resetConnection(w, response)
	case Truncated:
		length := response.Body.Len()
		response.Body.Truncate(length / 2)
		s.recordStatus(e, response.Code)
		writeResponse(w, response)
	case ForeignLink:
		for name, links := range response.Header() {
			if strings.EqualFold(name, "Link") {
				links[0] = strings.ReplaceAll(links[0], s.URL, s.files.URL)
			}
		}
		s.recordStatus(e, response.Code)
		writeResponse(w, response)
	case ExecutedTwice:
		s.recordStatus(e, response.Code)
		writeResponse(w, response)
	}
}

// resetConnection resets the connection, after half of the response if there is one.
func resetConnection(w http.ResponseWriter, response *httptest.ResponseRecorder) {
	if response != nil {
		length := response.Body.Len()
		response.Body.Truncate(length / 2)
		response.Header().Set("Content-Length", strconv.Itoa(length))
		writeResponse(w, response)
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
