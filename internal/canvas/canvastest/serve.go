package canvastest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// routes returns all routes of the fake. Canvas has most of them by course and by section.
func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	api := func(pattern string, h http.HandlerFunc) { m.HandleFunc(pattern, s.guarded(h)) }
	api("GET /api/v1/users/self", s.getSelf)
	api("GET /api/v1/courses/{course}", s.getCourse)
	api("GET /api/v1/courses/{course}/sections", s.getSections)
	api("GET /api/v1/courses/{course}/enrollments", s.getEnrolments)
	api("GET /api/v1/courses/{course}/users", s.getUsers)
	api("GET /api/v1/courses/{course}/users/{user}", s.getUser)
	api("GET /api/v1/courses/{course}/assignments/{assignment}", s.getAssignment)
	for _, by := range []string{"courses/{course}", "sections/{section}"} {
		api("GET /api/v1/"+by+"/assignments/{assignment}/submissions", s.getSubmissions)
		api("GET /api/v1/"+by+"/students/submissions", s.getStudentsSubmissions)
		api("POST /api/v1/"+by+"/assignments/{assignment}/submissions/update_grades", s.updateGrades)
	}
	api("GET /api/v1/progress/{progress}", s.getProgress)
	api("/", func(w http.ResponseWriter, r *http.Request) { s.refuse(w, http.StatusNotFound, "error_not_found.json") })
	m.HandleFunc("GET /api/lti/security/jwks", s.getKeys)
	m.HandleFunc("GET /api/lti/authorize_redirect", s.authorizeLaunch)
	m.HandleFunc("POST /login/oauth2/token", s.postToken)
	m.HandleFunc("GET /files/{file}/download", s.getFile)
	return m
}

// serve records a request, responds to it and injects faults.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return // the client has disconnected
	}
	s.mu.Lock()
	entry := s.log.begin(s.now(), r, body)
	fault, gate := s.faultFor(r), s.gate
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log.end(entry)
	}()

	if gate != nil {
		select {
		case <-gate:
		case <-s.closed:
		}
	}
	if fault != nil && fault.before() {
		s.harm(w, r, fault.Fault, nil, entry)
		return
	}
	answer := s.answer(r, body)
	if fault != nil && fault.Kind == Twice {
		answer = s.answer(r, body)
	}
	if fault != nil {
		s.harm(w, r, fault.Fault, answer, entry)
		return
	}
	s.note(entry, answer.Code)
	send(w, answer)
}

// answer executes a request. Requests are executed one at a time, but each is charged before, so
// that concurrent requests add up in the rate limit as in Canvas.
func (s *Server) answer(r *http.Request, body []byte) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.mux.ServeHTTP(w, r)
		return w
	}
	s.mu.Lock()
	b := s.throttle.bucket(bearer(r))
	admitted := s.throttle.admit(w, b, s.now())
	s.mu.Unlock()
	if !admitted {
		return w
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.throttle.charge(w, b, s.now()) }()
	s.workByClock()
	s.mux.ServeHTTP(w, r)
	return w
}

func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

func send(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values // unchanged, because not all names are canonical
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // ignore disconnected clients
}

// note records the status of a response.
func (s *Server) note(e *Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Status = status
}

// guarded requires a valid token.
func (s *Server) guarded(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := bearer(r)
		file := s.tokens.refusal(token, s.now())
		if file == "" {
			h(w, r)
			return
		}
		if token != "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="canvas-lms"`)
		}
		s.refuse(w, http.StatusUnauthorized, file)
	}
}

// refuse responds with an error of Canvas.
func (s *Server) refuse(w http.ResponseWriter, status int, file string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(payload(file))
}

// forbid responds that the owner of the token lacks the permission.
func (s *Server) forbid(w http.ResponseWriter) {
	status := http.StatusForbidden
	if s.oldErrors {
		status = http.StatusUnauthorized
	}
	s.refuse(w, status, "error_unauthorized.json")
}

// parseOrdered parses a form and keeps the order of its fields, like Rails.
func parseOrdered(body string) (pairs [][2]string) {
	for pair := range strings.SplitSeq(body, "&") {
		key, value, _ := strings.Cut(pair, "=")
		k, err1 := url.QueryUnescape(key)
		v, err2 := url.QueryUnescape(value)
		if err1 == nil && err2 == nil && k != "" {
			pairs = append(pairs, [2]string{k, v})
		}
	}
	return pairs
}
