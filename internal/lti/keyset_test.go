package lti_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/lti"
)

// Keys that are not usable make launches fail until the platform publishes usable ones.
func TestUnusableKeys(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	for name, tt := range map[string]struct {
		respond http.HandlerFunc
		log     string
	}{
		"empty":      {respondJSON(map[string]any{"keys": []any{}}), "publishes no keys"},
		"huge":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "%q", strings.Repeat("x", 1<<20)) }, "larger than"},
		"no JSON":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "parse the response"},
		"failing":    {http.NotFound, "the status is 404"},
		"redirected": {http.RedirectHandler("/conf", http.StatusFound).ServeHTTP, "the address redirects"},
	} {
		g := newSigner(t, s)
		key := g.keys[0]
		g.respond("/jwks", tt.respond)
		if r := g.launch(t, key); r.status != http.StatusForbidden || len(r.cookies) != 0 || !strings.Contains(s.log.String(), tt.log) {
			t.Errorf("%s keys: the launch = %d %s, want %q in the log\n%s", name, r.status, r.body, tt.log, s.log)
		}
		g.publish(key)
		s.clock.Advance(10 * time.Second)
		if r := g.launch(t, key); r.status != http.StatusSeeOther {
			t.Errorf("after %s keys: the launch = %d %s\n%s", name, r.status, r.body, s.log)
		}
	}
}

// A platform that rotates its keys, also between a login and its launch, is asked once for an unknown key, and
// again after five minutes.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	requests := func() int { return g.requestsTo("/jwks") }
	first, second, third := g.keys[0], newKey(t, "second"), newKey(t, "third")
	if r := g.launch(t, first); r.status != http.StatusSeeOther {
		t.Fatalf("the launch = %d %s\n%s", r.status, r.body, s.log)
	}
	l := g.login(t)
	g.publish(second)
	if r := s.post(t, "/lti/launch", g.form(t, l, second), l.cookies); r.status != http.StatusSeeOther {
		t.Errorf("the launch with a key of after its login = %d %s\n%s", r.status, r.body, s.log)
	}
	if r := g.launch(t, first); r.status != http.StatusForbidden {
		t.Errorf("the launch with a removed key = %d %s", r.status, r.body)
	}
	g.publish(third)
	if r := g.launch(t, third); r.status != http.StatusForbidden || requests() != 2 {
		t.Errorf("the launch with a third key = %d after %d requests, want 403 after 2", r.status, requests())
	}
	s.clock.Advance(5 * time.Minute)
	if r := g.launch(t, third); r.status != http.StatusSeeOther || requests() != 3 {
		t.Errorf("the launch with a third key later = %d after %d requests, want 303 after 3", r.status, requests())
	}
	g.respond("/jwks", http.NotFound)
	s.clock.Advance(25 * time.Hour)
	if r := g.launch(t, third); r.status != http.StatusSeeOther || requests() != 4 {
		t.Errorf("the launch while the platform fails = %d after %d requests, want 303 after 4", r.status, requests())
	}
	g.publish(second)
	s.clock.Advance(10 * time.Second)
	if r := g.launch(t, third); r.status != http.StatusForbidden {
		t.Errorf("the launch with a key that was removed while the platform failed = %d %s", r.status, r.body)
	}
}

// A platform whose keys do not arrive holds up neither other platforms nor launches with a known key, and its
// own launch fails.
func TestSlowKeys(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	slow, other := newSigner(t, s), newSigner(t, s)
	known := slow.keys[0]
	for _, g := range []*signer{slow, other} {
		if r := g.launch(t, g.keys[0]); r.status != http.StatusSeeOther {
			t.Fatalf("the launch = %d %s\n%s", r.status, r.body, s.log)
		}
	}
	entered, released := make(chan struct{}), make(chan struct{})
	slow.respond("/jwks", func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-released
		http.NotFound(w, r)
	})
	l := slow.login(t)
	forged := s.start(s.postRequest(t, "/lti/launch", slow.form(t, l, newKey(t, "forged")), l.cookies))
	<-entered
	if r := slow.launch(t, known); r.status != http.StatusSeeOther {
		t.Errorf("meanwhile the launch with a known key = %d %s\n%s", r.status, r.body, s.log)
	}
	if r := other.launch(t, other.keys[0]); r.status != http.StatusSeeOther {
		t.Errorf("meanwhile the launch of another platform = %d %s\n%s", r.status, r.body, s.log)
	}
	close(released)
	if status := <-forged; status != http.StatusForbidden {
		t.Errorf("the forged launch = %d", status)
	}
}

// A fetch of keys that takes too long fails.
func TestKeysTimeOut(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t, func(c *lti.Config) { c.Timeout = 50 * time.Millisecond })
	g := newSigner(t, s)
	g.respond("/jwks", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }) // when the site gives up
	if r := g.launch(t, g.keys[0]); r.status != http.StatusForbidden || !strings.Contains(s.log.String(), "fetch the keys of the platform") {
		t.Errorf("the launch = %d %s\n%s", r.status, r.body, s.log)
	}
}

// A browser that leaves during a fetch of keys does not make the fetch fail for the others.
func TestKeysOutliveCaller(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	key := g.keys[0]
	entered, released := make(chan struct{}), make(chan struct{})
	var publish http.HandlerFunc
	publish = g.respond("/jwks", func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-released
		publish(w, r)
	})
	ctx, leave := context.WithCancel(t.Context())
	l := g.login(t)
	left := s.start(s.postRequest(t, "/lti/launch", g.form(t, l, key), l.cookies).WithContext(ctx))
	<-entered
	leave()
	<-left
	l = g.login(t)
	done := s.start(s.postRequest(t, "/lti/launch", g.form(t, l, key), l.cookies))
	close(released)
	if status := <-done; status != http.StatusSeeOther {
		t.Errorf("the launch of another browser = %d\n%s", status, s.log)
	}
}
