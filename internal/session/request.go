package session

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/alexedwards/scs/v2"
)

// tokenBytes is the length of the tokens of scs: 32 bytes in base64.
const tokenBytes = 43

// tokenOf returns the token in the cookie of a request, or "" if it has none that can be valid. Several
// cookies of the name are no token: another page set one of them.
func tokenOf(r *http.Request, s *scs.SessionManager) string {
	cookies := r.CookiesNamed(s.Cookie.Name)
	if len(cookies) != 1 || len(cookies[0].Value) != tokenBytes {
		return ""
	}
	return cookies[0].Value
}

// IsLocal reports whether a browser on this computer sent a request to a local name of it. A page on the
// Internet whose name resolves to this computer has another name, and a proxy on this computer adds a
// header.
func IsLocal(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return isLoopback(hostname(r.RemoteAddr)) && IsLocalHost(r.Host)
}

// IsLocalHost reports whether a host, with or without a port, is a local name of this computer.
func IsLocalHost(host string) bool {
	name := hostname(host)
	return name == "localhost" || isLoopback(name)
}

// hostname returns a host without its port and without the brackets of an IPv6 address.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

func isLoopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}

// CSRFCookie and CSRFHeader are the names of the cookie and of the header that REST compares: see
// https://docs.djangoproject.com/en/3.2/ref/csrf/.
const (
	CSRFCookie = "csrftoken"
	CSRFHeader = "X-CSRFToken"
)

// setCSRFCookie sets the cookie whose value scripts of this server repeat in CSRFHeader.
func setCSRFCookie(w http.ResponseWriter, isHTTPS bool) {
	c := &http.Cookie{Name: CSRFCookie, Value: rand.Text() + rand.Text(), Path: "/", SameSite: http.SameSiteLaxMode}
	if isHTTPS {
		c.Secure, c.Partitioned, c.SameSite = true, true, http.SameSiteNoneMode
	}
	http.SetCookie(w, c)
}
