package lti_test

import (
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
)

// Logins of unknown platforms and to other servers are rejected, and so are launches that Canvas rejects.
func TestLoginRejects(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	for name, tt := range map[string]struct {
		parameter, value string
		status           int
	}{
		"no issuer": {"iss", "", 400}, "no hint": {"login_hint", "", 400}, "no target": {"target_link_uri", "", 400},
		"unknown issuer": {"iss", "https://x.example", 403}, "unknown client": {"client_id", "x", 403}, "other server": {"target_link_uri", "https://x.example/", 400},
		"long hint": {"login_hint", strings.Repeat("h", 5000), 400}, "long message hint": {"lti_message_hint", strings.Repeat("h", 5000), 400},
		"long target of the storage": {"lti_storage_target", strings.Repeat("h", 5000), 400}, "large form": {"x", strings.Repeat("x", 100_000), 400},
	} {
		values := g.loginValues()
		values.Set(tt.parameter, tt.value)
		if r := s.post(t, "/lti/login", values, nil); r.status != tt.status || len(r.cookies) != 0 {
			t.Errorf("%s = %d %s, want %d", name, r.status, r.body, tt.status)
		}
	}
	for code, message := range map[string]string{
		"login_required": "sign in to Canvas", "launch_no_longer_valid": "took too long", "unauthorized_client": "developer key", "x": "not valid",
	} {
		if r := s.post(t, "/lti/launch", url.Values{"error": {code}}, nil); r.status != http.StatusForbidden || !strings.Contains(r.body, message) {
			t.Errorf("the error %s of Canvas = %d %s", code, r.status, r.body)
		}
	}
}

// Ten thousand logins write no row and keep no memory. The test is not parallel, so that others do not use the
// heap that it measures.
func TestManyLogins(t *testing.T) {
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	query := g.loginValues()
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
	for client, want := range map[string]string{"waiting": "frame-ancestors 'self' *;", "c": "frame-ancestors 'self' " + g.URL + " https://canvas.example.edu;"} {
		query := g.loginValues()
		query.Set("client_id", client)
		query.Set("lti_storage_target", "_parent")
		r := s.get(t, "/lti/login?"+query.Encode())
		if policy := r.header.Get("Content-Security-Policy"); r.status != http.StatusOK || !strings.Contains(policy, want) {
			t.Errorf("the login of %s = %d with the policy %s, want %s", client, r.status, policy, want)
		}
	}
}
