package lti

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/momotor/resultgraph/internal/addressguard"
	"github.com/momotor/resultgraph/internal/session"
)

// A transport sends requests to platforms, over HTTPS and to public addresses only.
type transport struct {
	public, private http.RoundTripper
	privateHosts    []string
}

// NewTransport returns the transport of requests to platforms. The addresses in these requests come from
// platforms, so it connects only to public addresses, and only over HTTPS. The private hosts are exceptions:
// names or addresses without a port, of servers in the network of the institution. With a local name of this
// computer such a host may use HTTP. A nil resolver is that of the system.
func NewTransport(privateHosts []string, resolver *net.Resolver) http.RoundTripper {
	base := http.DefaultTransport.(*http.Transport).Clone()
	guard := addressguard.Guard{Resolver: resolver}
	return &transport{addressguard.Transport(base, guard), base, privateHosts}
}

var errNotHTTPS = errors.New("the address is not https")

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	isPrivate := slices.ContainsFunc(t.privateHosts, func(host string) bool { return strings.EqualFold(host, r.URL.Hostname()) })
	switch {
	case r.URL.Scheme != "https" && !(isPrivate && session.IsLocalHost(r.URL.Host)):
		return nil, errNotHTTPS
	case isPrivate:
		return t.private.RoundTrip(r)
	}
	return t.public.RoundTrip(r)
}
