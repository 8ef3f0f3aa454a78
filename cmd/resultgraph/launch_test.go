package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

const (
	toolBase  = "http://localhost:8080"
	launchURL = toolBase + "/lti/launch"
)

// login starts a launch, and returns the address at the platform and the cookie.
func (s *peopleServer) login(t *testing.T, login url.Values) (*url.URL, []*http.Cookie) {
	t.Helper()
	login.Del("lti_storage_target")
	w := s.send(visit{method: "POST", path: "/lti/login", body: login.Encode(), header: map[string]string{"Content-Type": formType, "Sec-Fetch-Site": "cross-site"}})
	if w.Code != http.StatusFound {
		t.Fatalf("the login = %d %s", w.Code, w.Body)
	}
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u, w.Result().Cookies()
}

// launch sends the form that the platform sends.
func (s *peopleServer) launch(form url.Values, cookies []*http.Cookie) *httptest.ResponseRecorder {
	return s.send(visit{method: "POST", path: "/lti/launch", body: form.Encode(), cookies: cookies,
		header: map[string]string{"Content-Type": formType, "Sec-Fetch-Site": "cross-site", "Origin": "https://canvas.example"}})
}

var formField = regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`)

// authorize lets the fake Canvas answer an authentication request.
func authorize(t *testing.T, u *url.URL) url.Values {
	t.Helper()
	res, err := http.Get(u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for _, m := range formField.FindAllStringSubmatch(string(body), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// customFields returns the custom fields of the configuration of the tool.
func (s *peopleServer) customFields(t *testing.T) map[string]string {
	t.Helper()
	var conf struct {
		CustomFields map[string]string `json:"custom_fields"`
		LoginURL     string            `json:"oidc_initiation_url"`
	}
	parse(t, s.send(visit{method: "GET", path: "/lti/config.json"}).Body.Bytes(), &conf)
	if conf.LoginURL != toolBase+"/lti/login" {
		t.Errorf("the login URL is %q", conf.LoginURL)
	}
	return conf.CustomFields
}

// People come in by launches of a Canvas, which create what they name and bring the roles of now.
func TestLaunch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newPeopleServer(t, store)
		c := canvastest.New(t)
		course := c.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
		section := c.AddSection(course, canvastest.Section{Name: "A"})
		student := c.AddStudent(section, canvastest.User{Name: "Eve Example"})
		tool := c.InstallTool(canvastest.Tool{TargetLinkURI: launchURL, RedirectURIs: []string{launchURL}, Custom: s.customFields(t)})
		p := &db.Platform{
			Issuer: canvastest.LTIIssuer, ClientID: tool.ClientID, AuthURL: c.URL + "/api/lti/authorize_redirect", TokenURL: c.URL + "/token",
			JWKSURL: c.URL + "/api/lti/security/jwks", AwaitsDeployment: true, CreatedAt: time.Now(),
		}
		if err := store.AddPlatform(t.Context(), p, nil); err != nil {
			t.Fatal(err)
		}
		enter := func() *httptest.ResponseRecorder {
			u, cookies := s.login(t, c.Launch(tool, student, course, 0))
			form := authorize(t, u)
			w := s.launch(form, cookies)
			if again := s.launch(form, cookies); w.Code == 303 && (again.Code != 403 || !strings.Contains(again.Body.String(), "used before")) {
				t.Errorf("the same launch again = %d %s", again.Code, again.Body)
			}
			return w
		}
		w := enter()
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "../app?course=") {
			t.Fatalf("the launch = %d %s", w.Code, w.Body)
		}
		session := w.Result().Cookies()
		if body := s.ask(myRoles, session[:1]).Body.String(); !strings.Contains(body, `"Eve Example","note":null,"courses":{"nodes":[{"name":"Programming","code":"2IP90","users":{"nodes":[{"roles":["STUDENT"]}]}}]}`) {
			t.Errorf("the person is %s", body)
		}
		c.EnrollAs(student, section, canvastest.TA)
		c.RotateKeys() // since the first launch
		if w := enter(); w.Code != http.StatusSeeOther {
			t.Errorf("the launch with other keys = %d %s", w.Code, w.Body)
		}
		// The first session has the new role too.
		if body := s.ask(myRoles, session[:1]).Body.String(); !strings.Contains(body, `{"roles":["STUDENT","TA"]}`) {
			t.Errorf("the person with a new role is %s", body)
		}
		other := tool
		other.DeploymentID = "other"
		c.InstallTool(other)
		u, cookies := s.login(t, c.Launch(other, student, course, 0))
		if w := s.launch(authorize(t, u), cookies); w.Code != 403 || !strings.Contains(w.Body.String(), "not registered") {
			t.Errorf("the launch of another deployment = %d %s", w.Code, w.Body)
		}
	})
}

// myRoles asks for the courses and roles of a student, who sees no other people.
const myRoles = `{ viewer { name note courses { nodes { name code users { nodes { roles } } } } } }`

// A forger is a platform that signs any claims.
type forger struct {
	key      *rsa.PrivateKey
	platform *db.Platform
}

func newForger(t *testing.T, s *peopleServer) *forger {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(keys) }))
	t.Cleanup(srv.Close)
	f := &forger{key, &db.Platform{Issuer: "https://forger.example", ClientID: "c", AuthURL: srv.URL + "/auth", TokenURL: srv.URL, JWKSURL: srv.URL, CreatedAt: time.Now()}}
	d := &db.Deployment{DeploymentID: "d", AccountID: s.Account.MomotorID}
	if err := s.store.AddPlatform(t.Context(), f.platform, []*db.Deployment{d}); err != nil {
		t.Fatal(err)
	}
	return f
}

const ltiClaim = "https://purl.imsglobal.org/spec/lti/claim/"

// claims returns the claims of a valid launch of Anna.
func (f *forger) claims(nonce string) map[string]any {
	now := time.Now().Unix()
	return map[string]any{
		"iss": f.platform.Issuer, "aud": "c", "sub": "anna", "nonce": nonce, "iat": now, "exp": now + 3600,
		ltiClaim + "version": "1.3.0", ltiClaim + "message_type": "LtiResourceLinkRequest", ltiClaim + "deployment_id": "d",
		ltiClaim + "target_link_uri": launchURL, ltiClaim + "resource_link": map[string]any{"id": "r"},
		ltiClaim + "roles": []string{"http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"},
		ltiClaim + "custom": map[string]any{
			"canvas_user_id": 1, "canvas_course_id": "1001", "canvas_section_ids": "11", "canvas_roles": "$Canvas.membership.roles", "canvas_login_id": "$Canvas.user.loginId",
		},
	}
}

// sign returns a token with claims.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A launch lands on its assignment, or else on its course.
func TestLaunchLandsOnItsPlace(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	f := newForger(t, s)
	login := url.Values{"iss": {f.platform.Issuer}, "client_id": {"c"}, "login_hint": {"h"}, "target_link_uri": {launchURL}}
	for name, tt := range map[string]struct {
		custom map[string]any
		want   string
	}{
		"assignment":         {map[string]any{"canvas_course_id": s.Course.CanvasID, "canvas_assignment_id": s.PublishedAssignment.CanvasID}, "../app?assignment=" + s.PublishedAssignment.ID()},
		"unknown assignment": {map[string]any{"canvas_course_id": s.Course.CanvasID, "canvas_assignment_id": 99}, "../app?course=" + s.Course.ID()},
		"no assignment":      {map[string]any{"canvas_course_id": s.Course.CanvasID, "canvas_assignment_id": "$Canvas.assignment.id"}, "../app?course=" + s.Course.ID()},
		"no course":          {map[string]any{}, "../app"},
	} {
		u, cookies := s.login(t, maps.Clone(login))
		claims := f.claims(u.Query().Get("nonce"))
		tt.custom["canvas_user_id"] = 1
		claims[ltiClaim+"custom"] = tt.custom
		w := s.launch(url.Values{"id_token": {sign(t, jose.RS256, f.key, "k", claims)}, "state": {u.Query().Get("state")}}, cookies)
		if got := w.Header().Get("Location"); got != tt.want {
			t.Errorf("the launch with %s lands on %q, want %q: %d %s", name, got, tt.want, w.Code, w.Body)
		}
	}
}

// Launches with wrong or missing claims are rejected, and write nothing; those with little data are accepted.
func TestLaunchClaims(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	f := newForger(t, s)
	login := url.Values{"iss": {f.platform.Issuer}, "client_id": {"c"}, "login_hint": {"h"}, "target_link_uri": {launchURL}}
	set := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	without := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	attempt := func(change func(map[string]any), token func(map[string]any) string) *httptest.ResponseRecorder {
		u, cookies := s.login(t, maps.Clone(login))
		claims := f.claims(u.Query().Get("nonce"))
		change(claims)
		return s.launch(url.Values{"id_token": {token(claims)}, "state": {u.Query().Get("state")}}, cookies)
	}
	rs256 := func(c map[string]any) string { return sign(t, jose.RS256, f.key, "k", c) }
	now := time.Now().Unix()
	for name, change := range map[string]func(map[string]any){
		"other audience": set("aud", "x"), "several audiences": set("aud", []string{"c", "x"}), "other issuer": set("iss", "https://x.example"),
		"expired": set("exp", now-120), "issued in the future": set("iat", now+600), "issued long ago": set("iat", now-8000), "other nonce": set("nonce", "n"),
		"no nonce": without("nonce"), "no subject": without("sub"), "other authorized party": set("azp", "x"),
		"wrong version": set(ltiClaim+"version", "11.3"), "no version": without(ltiClaim + "version"), "no LTI message": without(ltiClaim + "message_type"),
		"other message": set(ltiClaim+"message_type", "LtiDeepLinkingRequest"), "no roles": without(ltiClaim + "roles"),
		"no deployment": without(ltiClaim + "deployment_id"), "other deployment": set(ltiClaim+"deployment_id", "x"), "long deployment": set(ltiClaim+"deployment_id", strings.Repeat("d", 256)),
		"no resource link": without(ltiClaim + "resource_link"), "other target": set(ltiClaim+"target_link_uri", "https://x.example/lti/launch"),
		"other account": set(ltiClaim+"tool_platform", map[string]any{"guid": "x"}), "anonymous": set(ltiClaim+"custom", map[string]any{"canvas_user_id": "$Canvas.user.id"}),
	} {
		if w := attempt(change, rs256); w.Code != 403 || len(w.Result().Cookies()) != 0 || strings.Contains(w.Body.String(), "x.example") {
			t.Errorf("%s = %d %v %s", name, w.Code, w.Result().Cookies(), w.Body)
		}
	}
	unchanged := func(map[string]any) {}
	for name, token := range map[string]func(map[string]any) string{
		"no key id":    func(c map[string]any) string { return sign(t, jose.RS256, f.key, "", c) },
		"other key id": func(c map[string]any) string { return sign(t, jose.RS256, f.key, "x", c) },
		"HS256":        func(c map[string]any) string { return sign(t, jose.HS256, []byte(strings.Repeat("k", 32)), "k", c) },
		"none": func(c map[string]any) string {
			return "eyJhbGciOiJub25lIn0." + strings.Split(rs256(c), ".")[1] + "."
		},
		"no token": func(map[string]any) string { return "" },
	} {
		if w := attempt(unchanged, token); w.Code != 403 || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s = %d %s", name, w.Code, w.Body)
		}
	}
	for name, change := range map[string]func(map[string]any){
		"little data": unchanged, "empty roles": set(ltiClaim+"roles", []string{}), "unknown role": set(ltiClaim+"roles", []string{"http://example.com/role#Boss"}),
		"short role": set(ltiClaim+"roles", []string{"Learner"}), "no course": set(ltiClaim+"custom", map[string]any{"canvas_user_id": "1"}),
	} {
		w := attempt(change, rs256)
		if w.Code != 303 {
			t.Errorf("%s = %d %s", name, w.Code, w.Body)
			continue
		}
		body := s.ask(myRoles, w.Result().Cookies()[:1]).Body.String()
		hasRole := !strings.Contains(name, "empty") && !strings.Contains(name, "unknown")
		if name != "no course" && strings.Contains(body, "STUDENT") != hasRole {
			t.Errorf("%s: the person is %s", name, body)
		}
	}
	// Neither a person nor a subject changes silently.
	for name, change := range map[string]func(map[string]any){
		"another person":  set(ltiClaim+"custom", map[string]any{"canvas_user_id": 2}),
		"another subject": set("sub", "eve"),
	} {
		if w := attempt(change, rs256); w.Code != 403 || !strings.Contains(w.Body.String(), "another person") {
			t.Errorf("%s = %d %s", name, w.Code, w.Body)
		}
	}
}

// A launch needs the browser of its login: its cookie, or the secret in the storage of the platform that a page
// of this server sends.
func TestLaunchBinding(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	f := newForger(t, s)
	login := url.Values{"iss": {f.platform.Issuer}, "login_hint": {"h"}, "target_link_uri": {launchURL}, "lti_storage_target": {"post_message_forwarding"}}
	form := map[string]string{"Content-Type": formType}
	w := s.send(visit{method: "GET", path: "/lti/login?" + login.Encode()})
	data := map[string]string{}
	for _, m := range regexp.MustCompile(`data-(\w+)="([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		data[m[1]] = html.UnescapeString(m[2])
	}
	if w.Code != 200 || data["origin"] == "" || data["value"] == "" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "https://forger.example") {
		t.Fatalf("the login with storage = %d %v %v", w.Code, w.Header(), data)
	}
	u, err := url.Parse(data["url"])
	if err != nil {
		t.Fatal(err)
	}
	launch := url.Values{"id_token": {sign(t, jose.RS256, f.key, "k", f.claims(u.Query().Get("nonce")))}, "state": {u.Query().Get("state")}, "lti_storage_target": {"post_message_forwarding"}}
	if w := s.launch(launch, nil); w.Code != 200 || len(w.Result().Cookies()) != 0 || !strings.Contains(w.Body.String(), data["key"]) || strings.Contains(w.Body.String(), data["value"]) {
		t.Errorf("the launch without cookie = %d %v %s", w.Code, w.Result().Cookies(), w.Body)
	}
	send := func(stored string, header map[string]string) *httptest.ResponseRecorder {
		values := maps.Clone(launch)
		values.Set("stored", stored)
		all := maps.Clone(form)
		maps.Copy(all, header)
		return s.send(visit{method: "POST", path: "/lti/launch/stored", body: values.Encode(), header: all})
	}
	same := map[string]string{"Sec-Fetch-Site": "same-origin"}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"wrong secret": send("x", same), "no secret": send("", same), "another site": send(data["value"], map[string]string{"Sec-Fetch-Site": "cross-site"}), "no browser": send(data["value"], nil),
	} {
		if w.Code != 403 || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s = %d %s", name, w.Code, w.Body)
		}
	}
	tampered := maps.Clone(launch)
	tampered.Set("state", launch.Get("state")[1:])
	if w := s.launch(tampered, nil); w.Code != 403 {
		t.Errorf("a tampered state = %d %s", w.Code, w.Body)
	}
	if w := send(data["value"], same); w.Code != 303 || len(w.Result().Cookies()) == 0 || !strings.HasPrefix(w.Header().Get("Location"), "../../app?course=") {
		t.Errorf("the launch with the secret = %d %s", w.Code, w.Body)
	}
}

// Logins of unknown platforms and to other servers are rejected, and no login writes a row.
func TestLoginRejects(t *testing.T) {
	t.Parallel()
	s := newPeopleServer(t, dbtest.NewSQLite(t))
	f := newForger(t, s)
	for name, tt := range map[string]struct {
		login  url.Values
		status int
	}{
		"nothing":        {url.Values{}, 400},
		"unknown issuer": {url.Values{"iss": {"https://x.example"}, "login_hint": {"h"}, "target_link_uri": {launchURL}}, 403},
		"unknown client": {url.Values{"iss": {f.platform.Issuer}, "client_id": {"x"}, "login_hint": {"h"}, "target_link_uri": {launchURL}}, 403},
		"other server":   {url.Values{"iss": {f.platform.Issuer}, "login_hint": {"h"}, "target_link_uri": {"https://x.example/"}}, 400},
		"long hint":      {url.Values{"iss": {f.platform.Issuer}, "login_hint": {strings.Repeat("h", 5000)}, "target_link_uri": {launchURL}}, 400},
	} {
		if w := s.send(visit{method: "GET", path: "/lti/login?" + tt.login.Encode()}); w.Code != tt.status || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s = %d %s, want %d", name, w.Code, w.Body, tt.status)
		}
	}
	if w := s.send(visit{method: "POST", path: "/lti/launch", body: "error=login_required", header: map[string]string{"Content-Type": formType}}); w.Code != 403 || !strings.Contains(w.Body.String(), "sign in to Canvas") {
		t.Errorf("an error of Canvas = %d %s", w.Code, w.Body)
	}
}

// The public keys of the tool remain the same, and its private keys are sealed.
func TestToolKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newPeopleServer(t, store)
		first := s.send(visit{method: "GET", path: "/lti/jwks.json"})
		var set jose.JSONWebKeySet
		parse(t, first.Body.Bytes(), &set)
		if len(set.Keys) != 1 || !set.Keys[0].IsPublic() || set.Keys[0].Algorithm != "RS256" {
			t.Fatalf("the keys are %s", first.Body)
		}
		if second := s.send(visit{method: "GET", path: "/lti/jwks.json"}); second.Body.String() != first.Body.String() {
			t.Errorf("the keys change to %s", second.Body)
		}
		dbtest.Exec(t, store, fmt.Sprintf("UPDATE lti_key SET created_at = '%s'", time.Now().Add(-100*24*time.Hour).UTC().Format("2006-01-02 15:04:05+00:00")))
		var rotated jose.JSONWebKeySet
		parse(t, s.send(visit{method: "GET", path: "/lti/jwks.json"}).Body.Bytes(), &rotated)
		if len(rotated.Keys) != 2 || rotated.Keys[1].KeyID != set.Keys[0].KeyID {
			t.Errorf("after 100 days the keys are %v", rotated)
		}
	})
}
