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
	api := func(pattern string, h http.HandlerFunc) { m.HandleFunc(pattern, s.requireToken(h)) }
	api("GET /api/v1/users/self", s.getSelf)
	api("GET /api/v1/courses/{course}", s.getCourse)
	api("GET /api/v1/courses/{course}/sections", s.getSections)
	api("GET /api/v1/courses/{course}/enrollments", s.getEnrollments)
	api("GET /api/v1/courses/{course}/users", s.getUsers)
	api("GET /api/v1/courses/{course}/users/{user}", s.getUser)
	api("GET /api/v1/courses/{course}/assignments/{assignment}", s.getAssignment)
	for _, by := range []string{"courses/{course}", "sections/{section}"} {
		api("GET /api/v1/"+by+"/assignments/{assignment}/submissions", s.getSubmissions)
		api("GET /api/v1/"+by+"/students/submissions", s.getStudentsSubmissions)
		api("POST /api/v1/"+by+"/assignments/{assignment}/submissions/update_grades", s.updateGrades)
	}
	api("GET /api/v1/progress/{progress}", s.getProgress)
	api("/", func(w http.ResponseWriter, r *http.Request) {
		s.writeError(w, http.StatusNotFound, "error_not_found.json")
	})
	m.HandleFunc("GET /api/lti/security/jwks", s.getKeys)
	m.HandleFunc("GET /api/lti/authorize_redirect", s.authorizeLaunch)
	m.HandleFunc("GET /api/lti/security/openid-configuration", s.getOpenIDConfiguration)
	m.HandleFunc("POST /api/lti/registrations", s.postRegistration)
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
	entry := s.log.start(s.now(), r, body)
	fault, gate := s.nextFault(r), s.gate
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
		s.writeFault(w, r, fault.Fault, nil, entry)
		return
	}
	response := s.execute(r, body)
	if fault != nil && fault.Kind == ExecutedTwice {
		response = s.execute(r, body)
	}
	if fault != nil {
		s.writeFault(w, r, fault.Fault, response, entry)
		return
	}
	s.recordStatus(entry, response.Code)
	writeResponse(w, response)
}

// execute executes a request. Requests are executed one at a time, but each is charged before, so
// that concurrent requests add up in the rate limit as in Canvas.
func (s *Server) execute(r *http.Request, body []byte) *httptest.ResponseRecorder {
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
	s.finishDueJobs()
	s.mux.ServeHTTP(w, r)
	return w
}

func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

func writeResponse(w http.ResponseWriter, response *httptest.ResponseRecorder) {
	for name, values := range response.Header() {
		w.Header()[name] = values // unchanged, because not all names are canonical
	}
	w.WriteHeader(response.Code)
	_, _ = w.Write(response.Body.Bytes()) // ignore disconnected clients
}

// recordStatus records the status of a response.
func (s *Server) recordStatus(e *Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Status = status
}

// requireToken requires a valid token.
func (s *Server) requireToken(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := bearer(r)
		file := s.tokens.check(token, s.now())
		if file == "" {
			h(w, r)
			return
		}
		if token != "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="canvas-lms"`)
		}
		s.writeError(w, http.StatusUnauthorized, file)
	}
}

// writeError responds with an error of Canvas.
func (s *Server) writeError(w http.ResponseWriter, status int, file string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(payload(file))
}

// writeForbidden responds that the owner of the token lacks the permission.
func (s *Server) writeForbidden(w http.ResponseWriter) {
	status := http.StatusForbidden
	if s.forbiddenIs401 {
		status = http.StatusUnauthorized
	}
	s.writeError(w, status, "error_unauthorized.json")
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
