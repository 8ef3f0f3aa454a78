package lti_test

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/addressguard/dnstest"
	"github.com/momotor/resultgraph/internal/lti"
)

// newInside returns the port of a server on this computer, and the number of connections to it.
func newInside(t *testing.T) (port string, connections *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", ":0") // on all addresses of this computer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	connections = new(atomic.Int32)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			c.Close()
		}
	}()
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, connections
}

// newRebinding returns a resolver. It says that inside.example.com is this computer, and that
// rebinding.example.com is a public address in the first answer, and this computer in all others.
func newRebinding() *net.Resolver {
	var answers atomic.Int32
	return dnstest.ResolverFunc(func(host string) string {
		switch host {
		case "inside.example.com":
			return "127.0.0.1"
		case "rebinding.example.com":
			if answers.Add(1) == 1 {
				return "203.0.113.5"
			}
			return "127.0.0.1"
		}
		return ""
	})
}

// No address that a link or a platform brings makes this server connect to this computer or its network.
func TestNothingConnectsInside(t *testing.T) {
	t.Parallel()
	port, connections := newInside(t)
	resolver := newRebinding()
	s := newSQLiteSite(t, func(c *lti.Config) { c.Transport = lti.NewTransport([]string{"localhost"}, resolver) })
	if found, err := resolver.LookupNetIP(t.Context(), "ip4", "rebinding.example.com"); err != nil || found[0].String() != "203.0.113.5" {
		t.Fatalf("at first the rebinding name is %v %v", found, err)
	}
	for issuer, log := range map[string]string{
		"https://127.0.0.1:" + port: "", "https://[::1]:" + port: "", "https://[::ffff:127.0.0.1]:" + port: "", "https://inside.example.com:" + port: "",
		"https://rebinding.example.com:" + port: "", "https://10.0.0.1": "", "https://192.168.1.1": "", "https://169.254.169.254": "", "https://[fe80::1]": "",
		"https://224.0.0.1": "", "https://0.0.0.0:" + port: "", "http://127.0.0.1:" + port: "not https", "http://inside.example.com:" + port: "not https",
	} {
		r := s.openLink(t, s.link(issuer, time.Hour), issuer+"/conf")
		if log == "" {
			log = "on this computer or its local network"
		}
		if last := s.lastLog(); r.status != http.StatusForbidden || !strings.Contains(last, log) || strings.Contains(r.body, "network") {
			t.Errorf("the registration of %s = %d %s, want %q in the log: %s", issuer, r.status, r.body, log, last)
		}
	}

	p := newPlatform(t)
	p.URL = strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
	inside := "https://127.0.0.1:" + port
	conf := p.configuration()
	conf["registration_endpoint"] = inside
	for name, respond := range map[string]http.HandlerFunc{
		"redirect": http.RedirectHandler(inside, http.StatusFound).ServeHTTP, "redirect that keeps the method": http.RedirectHandler(inside, http.StatusTemporaryRedirect).ServeHTTP,
		"endpoint": respondJSON(conf),
	} {
		p.respond("/conf", respond)
		if r := s.openLink(t, s.link(p.URL, time.Hour), p.URL+"/conf"); r.status != http.StatusForbidden {
			t.Errorf("the registration with a %s inside = %d %s", name, r.status, r.body)
		}
	}

	g := newSigner(t, s)
	row := &db.Platform{Issuer: g.URL, ClientID: "inside", AuthURL: g.URL, TokenURL: g.URL, JWKSURL: inside, CreatedAt: s.clock.Now()}
	if err := s.store.AddPlatform(t.Context(), row, nil); err != nil {
		t.Fatal(err)
	}
	values := g.loginValues()
	values.Set("client_id", "inside")
	l := s.login(t, values)
	if r := s.post(t, "/lti/launch", g.form(t, l, g.keys[0]), l.cookies); r.status != http.StatusForbidden || !strings.Contains(s.lastLog(), "local network") {
		t.Errorf("the launch with keys inside = %d %s: %s", r.status, r.body, s.lastLog())
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("the server inside has %d connections", n)
	}
}
