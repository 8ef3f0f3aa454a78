package lti_test

import (
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
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

// Ten thousand logins write no row and keep no memory; a large one is rejected.
func TestManyLogins(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	query := url.Values{"iss": {g.URL}, "client_id": {"c"}, "login_hint": {"h"}, "target_link_uri": {siteURL + "/lti/launch"}}
	rows := func() (all [5]int) {
		for i, table := range []string{"lti_nonce", "session", "lti_platform", "lti_subject", "lti_key"} {
			all[i] = count(t, s.store, table)
		}
		return all
	}
	send := func(n int) {
		for range n {
			if r := s.get(t, "/lti/login?"+query.Encode()); r.status != http.StatusFound {
				t.Fatalf("a login = %d %s", r.status, r.body)
			}
		}
	}
	send(1000)
	before, heap := rows(), heapBytes()
	send(9000)
	if after := rows(); after != before {
		t.Errorf("the logins have changed the numbers of rows from %v to %v", before, after)
	}
	if grown := heapBytes() - heap; grown > 4<<20 {
		t.Errorf("after 9,000 logins the heap has grown by %d bytes", grown)
	}
	for _, name := range []string{"login_hint", "lti_message_hint", "lti_storage_target"} {
		large := maps.Clone(query)
		large.Set(name, strings.Repeat("x", 5000))
		if r := s.post(t, "/lti/login", large, nil); r.status != http.StatusBadRequest {
			t.Errorf("a login with a large %s = %d", name, r.status)
		}
	}
	query.Set("x", strings.Repeat("x", 100_000))
	if r := s.post(t, "/lti/login", query, nil); r.status != http.StatusBadRequest || !strings.Contains(r.body, "too large") {
		t.Errorf("a large login = %d %s", r.status, r.body)
	}
}

// heapBytes returns the size of the live objects.
func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The pages of a launch may be shown by any site until the registration has its deployment, because its Canvas
// is not known before.
func TestFramesOfFirstLaunch(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	waiting := &db.Platform{Issuer: g.URL, ClientID: "waiting", AuthURL: g.URL, TokenURL: g.URL, JWKSURL: g.URL + "/jwks", AwaitsDeployment: true, CreatedAt: s.clock.Now()}
	if err := s.store.AddPlatform(t.Context(), waiting, nil); err != nil {
		t.Fatal(err)
	}
	for client, want := range map[string]string{"waiting": "frame-ancestors 'self' *;", "c": "frame-ancestors 'self' " + g.URL + ";"} {
		query := url.Values{"iss": {g.URL}, "client_id": {client}, "login_hint": {"h"}, "target_link_uri": {siteURL + "/lti/launch"}, "lti_storage_target": {"_parent"}}
		r := s.get(t, "/lti/login?"+query.Encode())
		if policy := r.header.Get("Content-Security-Policy"); r.status != http.StatusOK || !strings.Contains(policy, want) {
			t.Errorf("the login of %s = %d with the policy %s, want %s", client, r.status, policy, want)
		}
	}
}
