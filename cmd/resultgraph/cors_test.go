package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

const chartsOrigin = "https://charts.example.edu"

// A preflight request of an allowed origin needs no key. Other origins, pages that are no API, and servers
// without --cors-origin get no permission.
func TestOrigins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		server := newPeopleServer(t, s)
		for _, allowed := range [][]string{nil, {"http://localhost:3000", chartsOrigin}} {
			server.settings.CORSOrigin = allowed
			server.start(t)
			for name, test := range map[string]struct {
				method, path, origin string
				status               int
				permitted            bool
			}{
				"preflight of GraphQL": {"OPTIONS", "/graphql", chartsOrigin, http.StatusNoContent, true},
				"preflight of REST":    {"OPTIONS", "/lti/api/account/", chartsOrigin, http.StatusNoContent, true},
				"without a key":        {"POST", "/graphql", chartsOrigin, http.StatusUnauthorized, true},
				"REST":                 {"GET", "/lti/api/account/", chartsOrigin, http.StatusForbidden, true},
				"another origin":       {"POST", "/graphql", "https://charts.example.edu.evil.example", http.StatusUnauthorized, false},
				"another scheme":       {"POST", "/graphql", "http://charts.example.edu", http.StatusUnauthorized, false},
				"another port":         {"POST", "/graphql", chartsOrigin + ":8443", http.StatusUnauthorized, false},
				"no origin":            {"POST", "/graphql", "null", http.StatusUnauthorized, false},
				"a page":               {"GET", "/app", chartsOrigin, http.StatusOK, false},
			} {
				r := httptest.NewRequest(test.method, test.path, nil)
				r.Header.Set("Origin", test.origin)
				if test.method == http.MethodOptions {
					r.Header.Set("Access-Control-Request-Method", "POST")
					r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
				}
				w := httptest.NewRecorder()
				server.handler.ServeHTTP(w, r)
				want := ""
				if test.permitted && allowed != nil {
					want = chartsOrigin
				}
				h := w.Header()
				if allowed != nil && !strings.Contains(strings.Join(h.Values("Vary"), ", "), "Origin") {
					t.Errorf("%s: Vary is %q, want Origin in it", name, h.Values("Vary"))
				}
				if got := h.Get("Access-Control-Allow-Origin"); got != want {
					t.Errorf("%s with --cors-origin %q: Access-Control-Allow-Origin is %q, want %q", name, allowed, got, want)
				}
				if h.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s: cookies are allowed", name)
				}
				if (test.method != http.MethodOptions || allowed != nil) && w.Code != test.status {
					t.Errorf("%s with --cors-origin %q: the status is %d, want %d", name, allowed, w.Code, test.status)
				}
				if test.method == http.MethodOptions && want != "" && h.Get("Access-Control-Allow-Headers") != "authorization,content-type" {
					t.Errorf("%s: the headers %q are allowed, want authorization and content-type", name, h.Get("Access-Control-Allow-Headers"))
				}
			}
		}
	})
}

func TestCheckOrigins(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{chartsOrigin, "http://localhost:3000", "http://[::1]:3000"} {
		if err := checkOrigins([]string{origin}); err != nil {
			t.Errorf("checkOrigins(%q) = %v", origin, err)
		}
	}
	for _, origin := range []string{"*", "null", "", "charts.example.edu", "https://*.example.edu", chartsOrigin + "/", "https://Charts.example.edu", "file:///x", "https://user@charts.example.edu"} {
		if checkOrigins([]string{chartsOrigin, origin}) == nil {
			t.Errorf("checkOrigins(%q) = nil, want an error", origin)
		}
	}
}
