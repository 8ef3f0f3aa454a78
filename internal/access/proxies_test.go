package access

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// clientOf returns the RemoteAddr that a handler behind the proxies 10.0.0.0/8, fd00::/8 and
// 127.0.0.1 sees for a request with header lines.
func clientOf(t testing.TB, remoteAddr string, lines ...string) string {
	t.Helper()
	p, err := ParseProxies([]string{"10.0.0.0/8", "fd00::/8", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remoteAddr
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	var got string
	handler := p.Middleware(slog.New(slog.DiscardHandler))(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
	handler.ServeHTTP(nil, r)
	return got
}

func TestProxies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, remoteAddr, want string
		headers                []string
	}{
		{"no proxy", "192.0.2.7:9", "192.0.2.7:9", []string{"X-Forwarded-For: 198.51.100.1", "Forwarded: for=198.51.100.1"}},
		{"no header", "10.0.0.1:9", "10.0.0.1", nil},
		{"an unknown peer", "@", "@", []string{"X-Forwarded-For: 198.51.100.1"}},
		{"one proxy", "10.0.0.1:9", "198.51.100.1", []string{"X-Forwarded-For: 198.51.100.1"}},
		{"a single trusted address", "127.0.0.1:9", "198.51.100.1", []string{"X-Forwarded-For: 198.51.100.1"}},
		{"a neighbour of a single trusted address", "127.0.0.2:9", "127.0.0.2:9", []string{"X-Forwarded-For: 198.51.100.1"}},
		{"a forged address", "10.0.0.1:9", "198.51.100.1", []string{"X-Forwarded-For: 203.0.113.9, 198.51.100.1"}},
		{"a forged line", "10.0.0.1:9", "198.51.100.1", []string{"X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 198.51.100.1"}},
		{"two proxies", "10.0.0.1:9", "198.51.100.1", []string{"X-Forwarded-For: 203.0.113.9,198.51.100.1 ,  10.0.0.2"}},
		{"only proxies", "10.0.0.1:9", "10.0.0.3", []string{"X-Forwarded-For: 10.0.0.3, 10.0.0.2"}},
		{"an IPv4 address with a port", "10.0.0.1:9", "198.51.100.1", []string{"X-Forwarded-For: 198.51.100.1:4711"}},
		{"an IPv6 address", "[fd00::1]:9", "2001:db8::1", []string{"X-Forwarded-For: 2001:db8::1"}},
		{"an IPv6 address in brackets", "[fd00::1]:9", "2001:db8::1", []string{"X-Forwarded-For: [2001:db8::1]"}},
		{"an IPv6 address with a port", "[fd00::1]:9", "2001:db8::1", []string{"X-Forwarded-For: [2001:db8::1]:4711, fd00::2"}},
		{"mapped IPv4 addresses", "[::ffff:10.0.0.1]:9", "198.51.100.1", []string{"X-Forwarded-For: ::ffff:198.51.100.1, ::ffff:10.9.9.9"}},
		{"a malformed address", "10.0.0.1:9", "10.0.0.2", []string{"X-Forwarded-For: 198.51.100.1, client.example, 10.0.0.2"}},
		{"an empty header", "10.0.0.1:9", "10.0.0.1", []string{"X-Forwarded-For: "}},
		{"an empty element", "10.0.0.1:9", "10.0.0.1", []string{"X-Forwarded-For: 198.51.100.1,"}},
		{"Forwarded", "10.0.0.1:9", "198.51.100.1", []string{"Forwarded: for=203.0.113.9;proto=http, FOR=198.51.100.1 ; by=10.0.0.1"}},
		{"Forwarded with IPv6 and ports", "10.0.0.1:9", "2001:db8::1", []string{`Forwarded: for="[2001:db8::1]:4711";proto=https,for="10.0.0.2:80"`}},
		{"Forwarded with separators in quotes", "10.0.0.1:9", "198.51.100.1", []string{`Forwarded: host="a,for=203.0.113.9;\",b";for=198.51.100.1`}},
		{"Forwarded with an unclosed quote", "10.0.0.1:9", "10.0.0.1", []string{`Forwarded: for=198.51.100.1, for="203.0.113.9`}},
		{"Forwarded with a quote that the client opened", "10.0.0.1:9", "10.0.0.1", []string{`Forwarded: for=8.8.8.8;x=", for=198.51.100.1`}},
		{"Forwarded with such a quote and a quoted address", "10.0.0.1:9", "10.0.0.1", []string{`Forwarded: for=8.8.8.8;x=", for="[2001:db8::1]:4711"`}},
		{"Forwarded with such a quote and quoted parameters", "10.0.0.1:9", "10.0.0.1", []string{`Forwarded: for=8.8.8.8;x=", for=198.51.100.1;by="";host="a"`}},
		{"Forwarded with such a quote and an escape", "10.0.0.1:9", "10.0.0.1", []string{`Forwarded: for=8.8.8.8;x="\, for="[2001:db8::1]:4711"`}},
		{"Forwarded with such a quote in another line", "10.0.0.1:9", "198.51.100.1", []string{`Forwarded: for=8.8.8.8;x="`, `Forwarded: for=198.51.100.1`}},
		{"Forwarded with such a quote and a quoted address in another line", "10.0.0.1:9", "2001:db8::1", []string{`Forwarded: for=8.8.8.8;x="`, `Forwarded: for="[2001:db8::1]:4711"`}},
		{"Forwarded with such a line behind a proxy", "10.0.0.1:9", "10.0.0.2", []string{`Forwarded: for=8.8.8.8;x="`, `Forwarded: for=10.0.0.2`}},
		{"Forwarded with two addresses", "10.0.0.1:9", "10.0.0.1", []string{"Forwarded: for=198.51.100.1;for=203.0.113.9"}},
		{"Forwarded with text after a quote", "10.0.0.1:9", "10.0.0.1", []string{`Forwarded: for="198.51.100.1"x`}},
		{"Forwarded with empty parameters", "10.0.0.1:9", "198.51.100.1", []string{"Forwarded: , ;for=198.51.100.1;"}},
		{"Forwarded with a bare IPv6 address", "10.0.0.1:9", "2001:db8::1", []string{"Forwarded: for=[2001:db8::1]:80"}},
		{"Forwarded with a hidden client", "10.0.0.1:9", "10.0.0.2", []string{"Forwarded: for=203.0.113.9, for=_hidden, for=10.0.0.2"}},
		{"Forwarded without for", "10.0.0.1:9", "10.0.0.1", []string{"Forwarded: for=203.0.113.9, proto=https"}},
		{"headers that agree", "10.0.0.1:9", "198.51.100.1", []string{"X-Forwarded-For: 198.51.100.1", "Forwarded: for=203.0.113.9, for=198.51.100.1"}},
		{"headers that disagree", "10.0.0.1:9", "10.0.0.1", []string{"X-Forwarded-For: 198.51.100.1", "Forwarded: for=203.0.113.9"}},
	} {
		if got := clientOf(t, c.remoteAddr, c.headers...); got != c.want {
			t.Errorf("%s: the client is %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParseProxies(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"10.0.0.1/8": "10.0.0.0/8", "192.0.2.7": "192.0.2.7/32", "fd00::1": "fd00::1/128", "::ffff:10.0.0.1": "10.0.0.1/32", "0.0.0.0/0": "", "::/0": "",
		"10.0.0.0/33": "", "proxy": "", "": "", "10.0.0.1:80": "", "::ffff:10.0.0.0/104": "",
	} {
		got, err := ParseProxies([]string{in})
		if (err == nil) != (want != "") || err == nil && got[0].String() != want {
			t.Errorf("ParseProxies(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
}

// Whatever the headers contain, the client is an address, and no trusted one where a header names
// another.
func FuzzProxies(f *testing.F) {
	f.Add("203.0.113.9, 198.51.100.1:80, 10.0.0.2", `for="[2001:db8::1]:80";by="\"", for=_x`)
	f.Add(",,[", `"\`)
	f.Add("", `for=8.8.8.8;x="`)
	f.Fuzz(func(t *testing.T, listed, forwarded string) {
		for _, lines := range [][]string{
			{"X-Forwarded-For: " + listed}, {"Forwarded: " + forwarded}, {"X-Forwarded-For: " + listed, "Forwarded: " + forwarded},
		} {
			if got := clientOf(t, "10.0.0.1:9", lines...); !isAddr(got) {
				t.Errorf("%q: the client is %q", lines, got)
			}
		}
		if got := clientOf(t, "10.0.0.1:9", "X-Forwarded-For: "+listed+", 198.51.100.1"); got != "198.51.100.1" {
			t.Errorf("X-Forwarded-For %q, 198.51.100.1: the client is %q", listed, got)
		}
		for _, element := range []string{"for=198.51.100.1", `for="198.51.100.1:80";by="_x"`} {
			if got := clientOf(t, "10.0.0.1:9", "Forwarded: "+forwarded+", "+element); got != "198.51.100.1" && got != "10.0.0.1" {
				t.Errorf("Forwarded %q, %s: the client is %q", forwarded, element, got)
			}
			if got := clientOf(t, "10.0.0.1:9", "Forwarded: "+forwarded, "Forwarded: "+element); got != "198.51.100.1" {
				t.Errorf("Forwarded %q and %s in two lines: the client is %q", forwarded, element, got)
			}
		}
	})
}

// Headers that disagree are logged once, because every request of a wrongly configured proxy has them.
func TestProxiesLogDisagreement(t *testing.T) {
	t.Parallel()
	p, err := ParseProxies([]string{"10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	h := p.Middleware(slog.New(slog.NewTextHandler(&log, nil)))(http.NotFoundHandler())
	for _, forwarded := range []string{"for=198.51.100.1", "for=203.0.113.9", "for=203.0.113.8"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:9"
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		r.Header.Set("Forwarded", forwarded)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if got := strings.Count(log.String(), "level=WARN"); got != 1 || !strings.Contains(log.String(), "proxy=10.0.0.1") {
		t.Errorf("the log is %q, want one warning that names the proxy", &log)
	}
}

func isAddr(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}
