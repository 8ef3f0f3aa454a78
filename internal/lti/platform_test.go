package lti_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A platform is a fake platform whose responses a test chooses.
type platform struct {
	*httptest.Server
	mu       sync.Mutex
	routes   map[string]http.HandlerFunc // by path
	requests map[string]int              // number of requests by path
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{routes: map[string]http.HandlerFunc{}, requests: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.count(r.URL.Path)(w, r) }))
	t.Cleanup(p.Close)
	p.respond("/conf", respondJSON(p.configuration()))
	p.respond("/register", respondJSON(map[string]string{"client_id": "1"}))
	return p
}

// count counts a request and returns its handler.
func (p *platform) count(path string) http.HandlerFunc {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests[path]++
	if h := p.routes[path]; h != nil {
		return h
	}
	return http.NotFound
}

// requestsTo returns the number of requests to a path.
func (p *platform) requestsTo(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests[path]
}

// respond sets the handler of a path, and returns the one before.
func (p *platform) respond(path string, h http.HandlerFunc) (before http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, p.routes[path] = p.routes[path], h
	return before
}

// configuration returns the OpenID configuration of the platform.
func (p *platform) configuration() map[string]string {
	return map[string]string{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
		"registration_endpoint": p.URL + "/register",
	}
}

// respondJSON returns a handler that responds with a value.
func respondJSON(value any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(value) }
}
