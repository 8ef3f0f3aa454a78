package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/session"
)

// A peopleServer serves all routes from a store in which the people of a course can sign in as by --demo.
type peopleServer struct {
	*server
	*dbtest.Fixture
	handler http.Handler
}

func newPeopleServer(t *testing.T, store *db.Store) *peopleServer {
	t.Helper()
	s := &peopleServer{Fixture: dbtest.NewFixture(t, store)}
	s.UpsertResults(t, store, dbtest.Result(s.PublishedAssignment, s.Anna, 1), dbtest.Result(s.UnpublishedAssignment, s.Anna, 1),
		dbtest.Result(s.PublishedAssignment, s.Bob, 1))
	_, err := ingest.InsertEnrollments(t.Context(), store, []*db.Enrollment{
		{CourseID: s.Course.MomotorID, UserID: s.Bob.MomotorID, Role: db.RoleTA}, {CourseID: s.Course.MomotorID, UserID: s.Carl.MomotorID, Role: db.RoleDesigner},
	})
	if err != nil {
		t.Fatal(err)
	}
	other := newTestServer(t)
	s.server = newServerWith(other.settings, store, other.blobs)
	s.demoCourses = []int64{s.Course.MomotorID}
	s.settings.LTIPrivateHost = []string{"127.0.0.1"} // of the fake Canvas
	s.start(t)
	return s
}

// start makes the handler with the settings of now.
func (s *peopleServer) start(t *testing.T) {
	t.Helper()
	h, err := s.routes()
	if err != nil {
		t.Fatal(err)
	}
	s.handler = h
}

// A visit is a request of a browser on this computer.
type visit struct {
	method, path, body string
	header             map[string]string
	cookies            []*http.Cookie
	host, remote       string // this computer by default
	https              bool
}

func (s *peopleServer) send(v visit) *httptest.ResponseRecorder {
	r := httptest.NewRequest(v.method, v.path, strings.NewReader(v.body))
	r.Host, r.RemoteAddr = "localhost:8080", "127.0.0.1:1"
	if v.host != "" {
		r.Host = v.host
	}
	if v.remote != "" {
		r.RemoteAddr = v.remote
	}
	if v.https {
		r.TLS = &tls.ConnectionState{}
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range v.header {
		r.Header.Set(name, value)
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// signIn signs in as a role, and returns the cookies.
func (s *peopleServer) signIn(t *testing.T, role db.Role, before ...*http.Cookie) []*http.Cookie {
	t.Helper()
	w := s.send(visit{method: "POST", path: "/demo", body: url.Values{"role": {string(role)}}.Encode(), cookies: before,
		header: map[string]string{"Content-Type": formType}})
	cookies := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookies) != 2 {
		t.Fatalf("the demo sign-in = %d %v %s", w.Code, cookies, w.Body)
	}
	return cookies
}

// ask sends a GraphQL query with cookies.
func (s *peopleServer) ask(query string, cookies []*http.Cookie) *httptest.ResponseRecorder {
	return s.send(visit{method: "POST", path: "/graphql", body: fmt.Sprintf(`{"query": %q}`, query), cookies: cookies})
}

const whoAmI = `{ viewer { kind name note courses { nodes { code results { nodes { id } } } } } }`

// readName is the path of a query for the name of the caller.
const readName = "/graphql?query={viewer{name}}"

// People see what their roles allow, through GraphQL and REST.
func TestDemoSignIn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newPeopleServer(t, store)
		for role, want := range map[db.Role]struct {
			name    string
			results int
		}{
			db.RoleTeacher: {"Teacher", 3}, db.RoleTA: {"Bob", 3}, db.RoleDesigner: {"Carl", 0}, db.RoleStudent: {"Anna", 1},
		} {
			cookies := s.signIn(t, role)
			w := s.ask(whoAmI, cookies)
			if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `"kind":"USER","name":"`+want.name+`","note":"demo sign-in"`) || strings.Count(body, `"id":`) != want.results {
				t.Errorf("the viewer of a %s = %d %s, want %s with %d results", role, w.Code, body, want.name, want.results)
			}
			path := fmt.Sprintf("/lti/api/account/%d/course/%d/assignment/", s.Account.MomotorID, s.Course.CanvasID)
			if w := s.send(visit{method: "GET", path: path, cookies: cookies}); w.Code != 200 {
				t.Errorf("GET %s of a %s = %d %s", path, role, w.Code, w.Body)
			}
		}
	})
}

// A session ends at the next request after a revocation, a sign-out or a limit, and so does a role.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newPeopleServer(t, store)
		for name, end := range map[string]func(cookies []*http.Cookie){
			"revoked": func([]*http.Cookie) {
				if n, err := store.RevokeSessionsOfUser(t.Context(), s.Teacher.MomotorID); n != 1 || err != nil {
					t.Errorf("RevokeSessionsOfUser = %d, %v", n, err)
				}
			},
			"revoked by its hash": func([]*http.Cookie) {
				all, err := store.ListSessions(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(all, func(found *db.ListedSession) bool { return found.UserName == "Teacher" })
				if err := store.RevokeSession(t.Context(), all[i].TokenHash[:12]); err != nil {
					t.Error(err)
				}
			},
			"signed out": func(cookies []*http.Cookie) {
				if w := s.send(visit{method: "POST", path: "/lti/sign-out", cookies: cookies}); w.Code != http.StatusSeeOther {
					t.Errorf("the sign-out = %d %s", w.Code, w.Body)
				}
			},
			"expired": func([]*http.Cookie) {
				dbtest.Exec(t, store, "UPDATE session SET expires_at = '2020-01-01 00:00:00+00:00'")
			},
			"idle": func([]*http.Cookie) {
				dbtest.Exec(t, store, "UPDATE session SET last_used_at = '2020-01-01 00:00:00+00:00'")
			},
			"replaced": func(cookies []*http.Cookie) { s.signIn(t, db.RoleStudent, cookies...) },
		} {
			cookies := s.signIn(t, db.RoleTeacher)
			if w := s.ask(whoAmI, cookies); w.Code != 200 {
				t.Fatalf("%s: before = %d %s", name, w.Code, w.Body)
			}
			end(cookies)
			if w := s.ask(whoAmI, cookies); w.Code != 401 || !strings.Contains(w.Body.String(), "UNAUTHENTICATED") {
				t.Errorf("%s: after = %d %s", name, w.Code, w.Body)
			}
			if w := s.send(visit{method: "GET", path: "/lti/api/account/", cookies: cookies}); w.Code != 403 {
				t.Errorf("%s: REST after = %d %s", name, w.Code, w.Body)
			}
		}
		cookies := s.signIn(t, db.RoleTeacher)
		before := s.ask(whoAmI, cookies)
		dbtest.Exec(t, store, "DELETE FROM enrollment WHERE role = 'teacher'")
		if w := s.ask(whoAmI, cookies); !strings.Contains(before.Body.String(), "C1") || strings.Contains(w.Body.String(), "C1") {
			t.Errorf("a person whose role ended sees %s", w.Body)
		}
	})
}

// Pages of other sites cannot use the cookie of a session, and others cannot set or read it.
func TestSessionIsProtected(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	fixed := &http.Cookie{Name: "resultgraph_session", Value: strings.Repeat("a", 43)}
	cookies := s.signIn(t, db.RoleTeacher, fixed)
	if c := cookies[0]; c.Value == fixed.Value || !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode || c.Name != fixed.Name {
		t.Errorf("the cookie is %v", c)
	}
	crossSite := map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
	assignment := fmt.Sprintf("/lti/api/account/%d/course/%d/assignment/%d/", s.Account.MomotorID, s.Course.CanvasID, s.PublishedAssignment.CanvasID)
	token := cookies[slices.IndexFunc(cookies, func(c *http.Cookie) bool { return c.Name == session.CSRFCookie })]
	for name, tt := range map[string]struct {
		visit  visit
		status int
		body   string
	}{
		"GraphQL from another origin":  {visit{method: "POST", path: "/graphql", body: `{"query": "{ __typename }"}`, cookies: cookies, header: crossSite}, 403, "FORBIDDEN"},
		"GraphQL from this origin":     {visit{method: "POST", path: "/graphql", body: `{"query": "{ __typename }"}`, cookies: cookies, header: map[string]string{"Sec-Fetch-Site": "same-origin"}}, 200, "Query"},
		"sign-out from another origin": {visit{method: "POST", path: "/lti/sign-out", cookies: cookies, header: crossSite}, 403, "another site"},
		"demo from another origin":     {visit{method: "POST", path: "/demo", body: "role=teacher", header: map[string]string{"Sec-Fetch-Site": "cross-site", "Content-Type": formType}}, 403, "another site"},
		"demo from another computer":   {visit{method: "POST", path: "/demo", body: "role=teacher", remote: "192.0.2.1:1", header: map[string]string{"Content-Type": formType}}, 403, "on the computer of the server"},
		"demo behind a proxy":          {visit{method: "POST", path: "/demo", body: "role=teacher", header: map[string]string{"Content-Type": formType, "X-Forwarded-For": "192.0.2.1"}}, 403, "on the computer of the server"},
		"demo of another name":         {visit{method: "GET", path: "/demo", host: "evil.example"}, 403, "on the computer of the server"},
		"unknown role":                 {visit{method: "POST", path: "/demo", body: "role=admin", header: map[string]string{"Content-Type": formType}}, 400, "role is unknown"},
		"plain cookie over HTTPS":      {visit{method: "GET", path: readName, cookies: cookies, https: true}, 401, "required"},
		"cookie of another computer":   {visit{method: "GET", path: readName, cookies: cookies, remote: "192.0.2.1:1"}, 401, "required"},
		"two cookies":                  {visit{method: "GET", path: readName, cookies: append([]*http.Cookie{fixed}, cookies...)}, 401, "required"},
		"wrong key with a session":     {visit{method: "GET", path: "/lti/api/account/", cookies: cookies, header: map[string]string{"Authorization": "Api-Key abcdefgh.x"}}, 403, "detail"},
		"change without CSRF cookie":   {visit{method: "PATCH", path: assignment, body: `{"paused": true}`, cookies: cookies[:1]}, 403, `{"detail":"CSRF Failed: CSRF cookie not set."}`},
		"change without CSRF token":    {visit{method: "PATCH", path: assignment, body: `{"paused": true}`, cookies: cookies}, 403, `{"detail":"CSRF Failed: CSRF token missing or incorrect."}`},
		"change from another origin": {visit{method: "PATCH", path: assignment, body: `{"paused": true}`, cookies: cookies,
			header: map[string]string{session.CSRFHeader: token.Value, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}}, 403, "detail"},
		"change with CSRF token": {visit{method: "PATCH", path: assignment, body: `{"paused": true}`, cookies: cookies, header: map[string]string{session.CSRFHeader: token.Value}}, 200, `"paused":true`},
	} {
		if w := s.send(tt.visit); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
			t.Errorf("%s = %d %s, want %d with %s", name, w.Code, w.Body, tt.status, tt.body)
		}
	}
}

// Over HTTPS the cookie has all protections, and works in a frame.
func TestCookieOverHTTPS(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	w := s.send(visit{method: "POST", path: "/demo", body: "role=student", header: map[string]string{"Content-Type": formType}, https: true})
	c := w.Result().Cookies()[0]
	if c.Name != "__Host-resultgraph_session" || !c.Secure || !c.HttpOnly || !c.Partitioned || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteNoneMode {
		t.Errorf("the cookie is %v", c)
	}
	if w := s.send(visit{method: "GET", path: readName, cookies: []*http.Cookie{c}, https: true, host: "tool.example", remote: "192.0.2.1:1"}); w.Code != 200 {
		t.Errorf("the name = %d %s", w.Code, w.Body)
	}
}

// Sign-in, sign-out and the root lead to the app, also behind a proxy that adds a prefix.
func TestPagesLeadToApp(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/", "", "app"}, {"GET", "/graphiql/", "", "../graphiql"}, {"POST", "/demo", "role=student", "app"}, {"POST", "/lti/sign-out", "", "../app"}, {"GET", "/app/", "", "../app"},
	} {
		w := s.send(visit{method: tt.method, path: tt.path, body: tt.body, header: map[string]string{"Content-Type": formType}})
		if got := w.Header().Get("Location"); got != tt.want {
			t.Errorf("%s %s leads to %q, want %q: %d %s", tt.method, tt.path, got, tt.want, w.Code, w.Body)
		}
	}
	if w := s.send(visit{method: "GET", path: "/app?course=x"}); w.Code != 200 || !strings.Contains(w.Body.String(), "assets/app-") {
		t.Errorf("GET /app = %d %s", w.Code, w.Body)
	}
}

// An unknown path has links for browsers and JSON for others. The root of the REST API leads browsers to its page.
func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, tt := range []struct {
		path, accept string
		status       int
		want         string // in the body, or the location
	}{
		{"/nothing", browser, 404, `href="./app"`},
		{"/app/some/thing", browser, 404, `href="./../../graphiql"`},
		{"/a%2Fb/c/", browser, 404, `href="./../../lti/api-doc"`},
		{"/graphiql/nothing", "*/*", 404, `{"detail":"This server has nothing at this path`},
		{"/nothing", "application/json", 404, `{"detail":"This server has nothing at this path`},
		{"/lti/api/", browser, 302, "../api-doc"},
		{"/lti/api", browser, 302, "api-doc"},
		{"/lti/api/", "*/*", 404, `{"detail":`},
		{"/lti/api/nothing/", browser, 404, `{"detail":`},
		{"/lti/apinothing", browser, 404, "There is nothing here"},
		{"/favicon.ico", "image/*", 200, "<svg"},
	} {
		w := s.send(visit{method: "GET", path: tt.path, header: map[string]string{"Accept": tt.accept}})
		if got := w.Body.String() + w.Header().Get("Location"); w.Code != tt.status || !strings.Contains(got, tt.want) {
			t.Errorf("GET %s with %s = %d %s, want %d with %s", tt.path, tt.accept, w.Code, got, tt.status, tt.want)
		}
	}
}

// The demo sign-in does not exist without --demo.
func TestNoDemoSignIn(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	s.demoCourses = nil
	s.start(t)
	for _, method := range []string{"GET", "POST"} {
		if w := s.send(visit{method: method, path: "/demo", body: "role=teacher"}); w.Code != 404 {
			t.Errorf("%s /demo = %d", method, w.Code)
		}
	}
}
