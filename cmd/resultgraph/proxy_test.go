package main

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
)

// Behind a trusted proxy wrong keys count against the client that the proxy names, and the log has
// its address. The use of a valid key is listed after the server stopped.
func TestServeBehindProxy(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newKeyFixture(t, location)
		p := start(t, "serve", "--listen", "127.0.0.1:0", "--database", location, "--data", t.TempDir(), "--trusted-proxy", "127.0.0.1", "--log-level", "debug")
		url := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`) + "/graphql?query={viewer{kind}}"
		send := func(client, key string) int {
			t.Helper()
			res, _, err := request(t, http.MethodGet, url, "X-Forwarded-For", "203.0.113.9, "+client, "Authorization", "Api-Key "+key)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode
		}
		for range 10 {
			send("198.51.100.1", f.prefix()+".wrong")
		}
		for _, c := range []struct {
			client, key string
			want        int
		}{
			{"198.51.100.1", f.prefix() + ".wrong", http.StatusTooManyRequests},
			{"198.51.100.2", f.prefix() + ".wrong", http.StatusUnauthorized},
			{"198.51.100.1", f.key, http.StatusOK},
		} {
			if got := send(c.client, c.key); got != c.want {
				t.Errorf("a request of %s with %s = %d, want %d", c.client, c.key, got, c.want)
			}
		}
		p.awaitIn(t, &p.err, `(client=198\.51\.100\.2)`)
		p.shutdown(t)
		if log := p.err.String(); strings.Contains(log, "203.0.113.9") || strings.Contains(log, "level=ERROR") {
			t.Errorf("log = %s, want no forged address and no error", log)
		}
		if today := time.Now().UTC().Format(time.DateOnly); !strings.Contains(f.line(), today+" never "+today) {
			t.Errorf("the key is %q, want it used today", f.line())
		}
	})
}

func TestWarnWithoutPublicURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ip, publicURL string
		want          bool
	}{
		{"127.0.0.1", "", false}, {"::1", "", false}, {"0.0.0.0", "", true}, {"::", "", true}, {"192.0.2.7", "", true},
		{"0.0.0.0", "https://results.example.edu", false},
	} {
		var log bytes.Buffer
		warnWithoutPublicURL(t.Context(), slog.New(slog.NewTextHandler(&log, nil)), &net.TCPAddr{IP: net.ParseIP(c.ip), Port: 80}, c.publicURL)
		if got := strings.Contains(log.String(), "--public-url"); got != c.want {
			t.Errorf("on %s with the public URL %q the log is %q, want a warning: %t", c.ip, c.publicURL, &log, c.want)
		}
	}
}
