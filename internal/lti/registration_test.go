package lti_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/lti"
)

// link returns the path and query of a registration link for an issuer.
func (s *site) link(issuer string, valid time.Duration) string {
	return strings.TrimPrefix(lti.NewRegistrationURL(siteURL, secret, issuer, s.clock.Now().Add(valid)), siteURL)
}

// openLink opens a link as a Canvas does with its configuration at an address.
func (s *site) openLink(t *testing.T, link, address string) response {
	t.Helper()
	return s.send(t, s.linkRequest(t, link, address))
}

func (s *site) linkRequest(t *testing.T, link, address string) *http.Request {
	t.Helper()
	query := url.Values{"openid_configuration": {address}, "registration_token": {"token"}}
	return newRequest(t, http.MethodGet, s.url+link+"&"+query.Encode(), "")
}

// A Canvas registers this server by a link, once, and people launch it.
func TestRegister(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newSite(t, store)
		c := canvastest.New(t, canvastest.WithClock(s.clock.Now), canvastest.WithOwnIssuer())
		link := s.link(c.URL, time.Hour)
		token, opened := c.StartRegistration(link)
		r := s.get(t, opened)
		if r.status != http.StatusOK || !strings.Contains(r.body, `postMessage({ subject: "org.imsglobal.lti.close" }, "*")`) {
			t.Fatalf("the registration = %d %s\n%s", r.status, r.body, s.log)
		}
		if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'self' *;") || !strings.Contains(policy, "script-src 'nonce-") {
			t.Errorf("the policy is %s", policy)
		}
		tool, ok := c.RegisteredTool(token)
		if !ok || tool.LoginURL != siteURL+"/lti/login" || !slices.Equal(tool.RedirectURIs, []string{siteURL + "/lti/launch"}) || tool.Custom["canvas_user_id"] != "$Canvas.user.id" {
			t.Errorf("Canvas has registered %+v, %t", tool, ok)
		}
		_, again := c.StartRegistration(link)
		if r := s.get(t, again); r.status != http.StatusForbidden || !strings.Contains(r.body, "used before") {
			t.Errorf("the second registration = %d %s", r.status, r.body)
		}
		if n := len(c.Requests("/api/lti/registrations")); n != 1 || count(t, store, "lti_platform") != 1 {
			t.Errorf("Canvas received %d registrations, the store has %d", n, count(t, store, "lti_platform"))
		}
		course := c.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
		student := c.AddStudent(c.AddSection(course, canvastest.Section{Name: "A"}), canvastest.User{Name: "Eve Example"})
		if r := s.enter(t, c, c.Launch(tool, student, course, 0)); r.status != http.StatusSeeOther {
			t.Errorf("the launch = %d %s\n%s", r.status, r.body, s.log)
		}
		if log := s.log.String(); strings.Contains(log, token) || strings.Contains(log, link) {
			t.Errorf("the log has a secret: %s", log)
		}
	})
}

// Registrations that are not valid are rejected and leave no row. Afterwards the same link works.
func TestRegisterRejects(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	p := newPlatform(t)
	configured := func(name, value string) http.HandlerFunc {
		conf := p.configuration()
		conf[name] = value
		return respondJSON(conf)
	}
	huge := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "%q", strings.Repeat("x", 1<<20)) }
	failing := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) }
	link := s.link(p.URL, time.Hour)
	for name, tt := range map[string]struct {
		path, address string
		routes        map[string]http.HandlerFunc
		message, log  string
	}{
		"no link":             {path: "/lti/register?x=", message: "not valid or has expired"},
		"damaged link":        {path: link[:len(link)-1], message: "not valid or has expired"},
		"expired link":        {path: s.link(p.URL, -time.Second), message: "not valid or has expired"},
		"another host":        {address: "https://canvas.example.com/conf", log: "not on the host of the issuer"},
		"host in the name":    {address: p.URL + "@canvas.example.com/conf", log: "not on the host of the issuer"},
		"no configuration":    {address: p.URL + "/none", log: "the status is 404"},
		"failing":             {routes: map[string]http.HandlerFunc{"/conf": failing}, log: "the status is 500"},
		"huge configuration":  {routes: map[string]http.HandlerFunc{"/conf": huge}, log: "larger than"},
		"no JSON":             {routes: map[string]http.HandlerFunc{"/conf": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }}, log: "parse the response"},
		"another issuer":      {routes: map[string]http.HandlerFunc{"/conf": configured("issuer", "https://canvas.example.com")}, log: "registration link is for"},
		"plain endpoint":      {routes: map[string]http.HandlerFunc{"/conf": configured("jwks_uri", "http://canvas.example.com/jwks")}, log: "must be https"},
		"no endpoint":         {routes: map[string]http.HandlerFunc{"/conf": configured("authorization_endpoint", "")}, log: "must be a URL"},
		"script endpoint":     {routes: map[string]http.HandlerFunc{"/conf": configured("authorization_endpoint", "javascript:alert(1)")}, log: "must be a URL"},
		"failing endpoint":    {routes: map[string]http.HandlerFunc{"/register": failing}, log: "the status is 500"},
		"huge registration":   {routes: map[string]http.HandlerFunc{"/register": huge}, log: "larger than"},
		"no client id":        {routes: map[string]http.HandlerFunc{"/register": respondJSON(map[string]string{})}, log: "client id is missing"},
		"redirected endpoint": {routes: map[string]http.HandlerFunc{"/register": http.RedirectHandler("/conf", http.StatusFound).ServeHTTP}, log: "the address redirects"},
	} {
		before := map[string]http.HandlerFunc{}
		for path, respond := range tt.routes {
			before[path] = p.respond(path, respond)
		}
		if tt.path == "" {
			tt.path, tt.message = link, "The registration failed"
		}
		if tt.address == "" {
			tt.address = p.URL + "/conf"
		}
		r := s.openLink(t, tt.path, tt.address)
		if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'self' *;") { // Canvas shows the page
			t.Errorf("%s: the policy is %s", name, policy)
		}
		if r.status != http.StatusForbidden || !strings.Contains(r.body, tt.message) || !strings.Contains(s.log.String(), tt.log) {
			t.Errorf("%s = %d %s, want %q\n%s", name, r.status, r.body, tt.message, s.log)
		}
		for path, respond := range before {
			p.respond(path, respond)
		}
	}
	if r := s.get(t, link); r.status != http.StatusBadRequest || !strings.Contains(r.body, "dynamic registration URL") {
		t.Errorf("the link in a browser = %d %s", r.status, r.body)
	}
	if count(t, s.store, "lti_platform")+count(t, s.store, "lti_nonce") != 0 {
		t.Error("a rejected registration has written a row")
	}
	if r := s.openLink(t, link, p.URL+"/conf"); r.status != http.StatusOK {
		t.Errorf("the link afterwards = %d %s\n%s", r.status, r.body, s.log)
	}
	// Another link adds the same client id: nothing changes.
	if r := s.openLink(t, s.link(p.URL, time.Hour), p.URL+"/conf"); r.status != http.StatusForbidden || count(t, s.store, "lti_platform") != 1 {
		t.Errorf("the same client id again = %d %s", r.status, r.body)
	}
}

// A platform that does not respond is given up, and holds up no other request.
func TestSlowRegistration(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t, func(c *lti.Config) { c.Timeout = 100 * time.Millisecond })
	p := newPlatform(t)
	entered := make(chan struct{})
	p.respond("/conf", func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done() // when the site gives up
	})
	link := s.link(p.URL, time.Hour)
	done := s.start(s.linkRequest(t, link, p.URL+"/conf"))
	<-entered
	if r := s.get(t, "/lti/config.json"); r.status != http.StatusOK {
		t.Errorf("another request = %d %s", r.status, r.body)
	}
	if status := <-done; status != http.StatusForbidden {
		t.Errorf("the registration = %d", status)
	}
}

// A link that two instances open at the same time adds one registration.
func TestLinkWorksOnceAcrossInstances(t *testing.T) {
	t.Parallel()
	location := dbtest.MigratedPostgres(t)
	sites := []*site{newSite(t, dbtest.Open(t, location)), newSite(t, dbtest.Open(t, location))}
	p := newPlatform(t)
	var both sync.WaitGroup
	both.Add(len(sites))
	var clients atomic.Int32
	p.respond("/register", func(w http.ResponseWriter, r *http.Request) {
		both.Done()
		both.Wait() // both instances have found the link unused
		respondJSON(map[string]string{"client_id": fmt.Sprint(clients.Add(1))})(w, r)
	})
	link := sites[0].link(p.URL, time.Hour)
	var started []<-chan int
	for _, s := range sites {
		started = append(started, s.start(s.linkRequest(t, link, p.URL+"/conf")))
	}
	statuses := []int{<-started[0], <-started[1]}
	slices.Sort(statuses)
	if !slices.Equal(statuses, []int{http.StatusOK, http.StatusForbidden}) || count(t, sites[0].store, "lti_platform") != 1 {
		t.Errorf("the statuses are %v, and %d registrations are stored", statuses, count(t, sites[0].store, "lti_platform"))
	}
}
