package lti_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/lti"
)

// Launches with an expired, damaged or foreign state, and second launches, are rejected and sign nobody in.
func TestState(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newSite(t, store)
		g := newSigner(t, s)
		key := g.keys[0]
		attempt := func(name string, form url.Values, cookies []*http.Cookie, message string) {
			t.Helper()
			r := s.post(t, "/lti/launch", form, cookies)
			if len(r.cookies) != 0 || !strings.Contains(r.body, message) || r.status != http.StatusForbidden {
				t.Errorf("%s = %d %v %s, want %q", name, r.status, r.cookies, r.body, message)
			}
		}
		l := g.login(t)
		form := g.form(t, l, key)
		with := func(name, value string) url.Values {
			changed := maps.Clone(form)
			changed.Set(name, value)
			return changed
		}
		state := form.Get("state")
		damaged := []byte(state)
		damaged[len(damaged)/2] ^= 1
		attempt("a damaged state", with("state", string(damaged)), l.cookies, "not valid")
		attempt("a short state", with("state", state[:10]), l.cookies, "not valid")
		attempt("no state", with("state", ""), l.cookies, "not valid")
		if r := s.post(t, "/lti/launch", with("state", g.login(t).auth.Get("state")), l.cookies); r.status != http.StatusOK || len(r.cookies) != 0 || !strings.Contains(r.body, "lti.get_data") {
			t.Errorf("the state of another login = %d %v %s, want the page that asks the storage of the platform", r.status, r.cookies, r.body)
		}
		attempt("the link of a registration as a state", with("state", strings.TrimPrefix(s.link(g.URL, time.Hour), "/lti/register?link=")), l.cookies, "not valid")
		if r := s.post(t, "/lti/launch", form, l.cookies); r.status != http.StatusSeeOther {
			t.Fatalf("the launch = %d %s\n%s", r.status, r.body, s.log)
		}
		attempt("the launch again", form, l.cookies, "used before")

		late := g.login(t)
		s.clock.Advance(10 * time.Minute)
		attempt("a late launch", g.form(t, late, key), late.cookies, "took too long")
		attempt("the launch again, late", form, l.cookies, "took too long")

		removed := g.login(t)
		platforms, err := store.ListPlatforms(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := store.RemovePlatform(t.Context(), platforms[0].ID); err != nil {
			t.Fatal(err)
		}
		attempt("a launch of a removed registration", g.form(t, removed, key), removed.cookies, "not registered here")
	})
}

// A launch ends the session that the browser had, whoever put it there, and starts one with a new token.
func TestLaunchReplacesSession(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	fixed := g.launch(t, g.keys[0])
	i := slices.IndexFunc(fixed.cookies, func(c *http.Cookie) bool { return c.Name == "resultgraph_session" })
	l := g.login(t)
	r := s.post(t, "/lti/launch", g.form(t, l, g.keys[0]), append(l.cookies, fixed.cookies[i]))
	j := slices.IndexFunc(r.cookies, func(c *http.Cookie) bool { return c.Name == "resultgraph_session" })
	if r.status != http.StatusSeeOther || r.cookies[j].Value == fixed.cookies[i].Value || count(t, s.store, "session") != 1 {
		t.Errorf("the launch = %d, with %d sessions", r.status, count(t, s.store, "session"))
	}
}

// Instances that receive the same launch at the same time accept it once.
func TestNonceAcrossInstances(t *testing.T) {
	t.Parallel()
	location := dbtest.MigratedPostgres(t)
	sites := []*site{newSite(t, dbtest.Open(t, location)), newSite(t, dbtest.Open(t, location))}
	g := newSigner(t, sites[0])
	for range 10 {
		l := g.login(t)
		form := g.form(t, l, g.keys[0])
		var started []<-chan int
		for i := range 8 {
			s := sites[i%len(sites)]
			started = append(started, s.start(s.postRequest(t, "/lti/launch", form, l.cookies)))
		}
		statuses := map[int]int{}
		for _, done := range started {
			statuses[<-done]++
		}
		if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusForbidden] != 7 {
			t.Fatalf("the statuses are %v\n%s%s", statuses, sites[0].log, sites[1].log)
		}
	}
	if n := count(t, sites[0].store, "session"); n != 10 {
		t.Errorf("10 launches started %d sessions", n)
	}
}

// A launch lands on its assignment, or else on its course.
func TestLaunchLandsOnItsPlace(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	f := dbtest.NewFixture(t, s.store)
	g := newSignerOf(t, s, f.Account)
	for name, tt := range map[string]struct {
		custom map[string]any
		want   string
	}{
		"assignment":         {map[string]any{"canvas_course_id": f.Course.CanvasID, "canvas_assignment_id": f.PublishedAssignment.CanvasID}, "../app?assignment=" + f.PublishedAssignment.ID()},
		"unknown assignment": {map[string]any{"canvas_course_id": f.Course.CanvasID, "canvas_assignment_id": 99}, "../app?course=" + f.Course.ID()},
		"no assignment":      {map[string]any{"canvas_course_id": f.Course.CanvasID, "canvas_assignment_id": "$Canvas.assignment.id"}, "../app?course=" + f.Course.ID()},
		"no course":          {map[string]any{}, "../app"},
	} {
		l := g.login(t)
		tt.custom["canvas_user_id"] = 1
		r := s.post(t, "/lti/launch", g.form(t, l, g.keys[0], set(claim+"custom", tt.custom)), l.cookies)
		if got := r.header.Get("Location"); got != tt.want {
			t.Errorf("the launch with %s lands on %q, want %q: %d %s", name, got, tt.want, r.status, r.body)
		}
	}
}

// A launch brings the roles that the person has now, also with new keys of the platform. A registration that has
// its deployment accepts no other.
func TestLaunch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newSite(t, store)
		c := newClass(t, s)
		if r := s.enter(t, c.Server, c.Launch(c.tool, c.student, c.course, 0)); r.status != http.StatusSeeOther || s.rolesOf(t) != "student" {
			t.Fatalf("the launch = %d %s, and the roles are %s\n%s", r.status, r.body, s.rolesOf(t), s.log)
		}
		c.EnrollAs(c.student, c.section, canvastest.TA)
		c.RotateKeys()
		if r := s.enter(t, c.Server, c.Launch(c.tool, c.student, c.course, 0)); r.status != http.StatusSeeOther || s.rolesOf(t) != "student, ta" {
			t.Errorf("the launch with other keys and another role = %d %s, and the roles are %s", r.status, r.body, s.rolesOf(t))
		}
		c.Unenroll(c.student, c.course)
		if r := s.enter(t, c.Server, c.Launch(c.tool, c.student, c.course, 0)); r.status != http.StatusSeeOther || s.rolesOf(t) != "no role" {
			t.Errorf("the launch without a role = %d %s, and the roles are %s", r.status, r.body, s.rolesOf(t))
		}
		other := c.tool
		other.DeploymentID = "other"
		c.InstallTool(other)
		if r := s.enter(t, c.Server, c.Launch(other, c.student, c.course, 0)); r.status != http.StatusForbidden || !strings.Contains(r.body, "not registered") {
			t.Errorf("the launch of another deployment = %d %s", r.status, r.body)
		}
	})
}

// A launch needs the browser of its login: its cookie, or the secret in the storage of the platform that a page
// of this server sends.
func TestLaunchBinding(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	values := g.loginValues()
	values.Set("lti_storage_target", "post_message_forwarding")
	r := s.get(t, "/lti/login?"+values.Encode())
	data := map[string]string{}
	for _, m := range regexp.MustCompile(`data-(\w+)="([^"]*)"`).FindAllStringSubmatch(r.body, -1) {
		data[m[1]] = html.UnescapeString(m[2])
	}
	u, err := url.Parse(data["url"])
	if err != nil || r.status != http.StatusOK || data["origin"] != g.URL || data["value"] == "" {
		t.Fatalf("the login with storage = %d %v %v", r.status, data, err)
	}
	launch := g.form(t, login{auth: u.Query()}, g.keys[0])
	launch.Set("lti_storage_target", "post_message_forwarding")
	if r := s.post(t, "/lti/launch", launch, nil); r.status != http.StatusOK || len(r.cookies) != 0 || !strings.Contains(r.body, data["key"]) || strings.Contains(r.body, data["value"]) {
		t.Errorf("the launch without cookie = %d %v %s", r.status, r.cookies, r.body)
	}
	send := func(stored, site string) response {
		values := maps.Clone(launch)
		values.Set("stored", stored)
		r := s.postRequest(t, "/lti/launch/stored", values, nil)
		r.Header.Del("Origin")
		if r.Header.Del("Sec-Fetch-Site"); site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		return s.send(t, r)
	}
	for name, r := range map[string]response{
		"wrong secret": send("x", "same-origin"), "no secret": send("", "same-origin"), "another site": send(data["value"], "cross-site"), "no browser": send(data["value"], ""),
	} {
		if r.status != http.StatusForbidden || len(r.cookies) != 0 {
			t.Errorf("%s = %d %s", name, r.status, r.body)
		}
	}
	if r := send(data["value"], "same-origin"); r.status != http.StatusSeeOther || len(r.cookies) == 0 || !strings.HasPrefix(r.header.Get("Location"), "../../app?course=") {
		t.Errorf("the launch with the secret = %d %s", r.status, r.body)
	}
}

// The first launch of a deployment names an account at the address of its platform, whether the account exists or
// not. Platforms of the cloud name accounts at all addresses.
func TestFirstLaunchNamesItsAccount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		var g *signer
		s := newSite(t, store, func(c *lti.Config) {
			private := c.Transport
			c.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host == "sso.canvaslms.com" {
					r = newRequest(t, r.Method, g.URL+r.URL.Path, "")
				}
				return private.RoundTrip(r)
			})
		})
		g = newSigner(t, s)
		accounts := []*db.Account{{CanvasGUID: "theirs", BaseURL: "https://canvas.example.com/", Name: "Another university"}, {CanvasGUID: "ours", BaseURL: g.URL, Name: "University"}}
		if _, err := ingest.UpsertAccounts(t.Context(), store, accounts); err != nil {
			t.Fatal(err)
		}
		for i, tt := range []struct {
			keys, guid, address string
			status              int
		}{
			{g.URL, "theirs", g.URL, 403}, {g.URL, "theirs", "https://canvas.example.com", 403}, {g.URL, "new", "https://canvas.example.com", 403},
			{g.URL, "ours", "https://canvas.example.com", 303}, {g.URL, "new", g.URL, 303},
			{"https://sso.canvaslms.com", "theirs", "https://canvas.example.com", 303},
		} {
			client := fmt.Sprint("client ", i)
			p := &db.Platform{Issuer: g.URL, ClientID: client, AuthURL: g.URL, TokenURL: g.URL, JWKSURL: tt.keys + "/jwks", AwaitsDeployment: true, CreatedAt: s.clock.Now()}
			if err := store.AddPlatform(t.Context(), p, nil); err != nil {
				t.Fatal(err)
			}
			values := g.loginValues()
			values.Set("client_id", client)
			l := s.login(t, values)
			r := s.post(t, "/lti/launch", g.form(t, l, g.keys[0], set("aud", client, claim+"tool_platform", map[string]any{"guid": tt.guid},
				claim+"custom", map[string]any{"canvas_user_id": "7", "canvas_api_base_url": tt.address})), l.cookies)
			if r.status != tt.status || tt.status == 403 && !strings.Contains(r.body, "another address") {
				t.Errorf("the launch %v = %d %s\n%s", tt, r.status, r.body, s.log)
			}
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// After the first launch the pages may be in a frame of its account at once, although other pages were shown just
// before.
func TestFirstLaunchAddsFrame(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	c := newClass(t, s)
	if policy := s.get(t, "/lti/login").header.Get("Content-Security-Policy"); strings.Contains(policy, c.URL) {
		t.Fatalf("before the launch the policy is %s", policy)
	}
	if r := s.enter(t, c.Server, c.Launch(c.tool, c.student, c.course, 0)); r.status != http.StatusSeeOther {
		t.Fatalf("the launch = %d %s\n%s", r.status, r.body, s.log)
	}
	if policy := s.get(t, "/lti/login").header.Get("Content-Security-Policy"); !strings.Contains(policy, c.URL) {
		t.Errorf("after the launch the policy is %s", policy)
	}
}
