package canvas

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"
)

// errLocalAddress is the error for a connection to this computer or its local network.
var errLocalAddress = errors.New("the file is on this computer or its local network")

// guardAddresses returns a transport for URLs in responses. It is like t, but connects only to
// addresses that guard allows, and to the proxies of t, which resolve names themselves. If t is not
// an *http.Transport, it returns t.
func guardAddresses(t http.RoundTripper, guard addressGuard) http.RoundTripper {
	from, ok := t.(*http.Transport)
	if !ok {
		return t
	}
	var proxies sync.Map // addresses of proxies, as they are dialed
	clone := from.Clone()
	if proxy := from.Proxy; proxy != nil {
		clone.Proxy = func(r *http.Request) (*url.URL, error) {
			u, err := proxy(r)
			if u != nil {
				proxies.Store(dialedAddress(u), true)
			}
			return u, err
		}
	}
	direct := net.Dialer{Timeout: 30 * time.Second, Resolver: guard.resolver}
	guarded := direct
	guarded.ControlContext = guard.check
	clone.DialTLSContext = nil
	clone.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, isProxy := proxies.Load(address); isProxy {
			return direct.DialContext(ctx, network, address)
		}
		return guarded.DialContext(ctx, network, address)
	}
	return clone
}

// dialedAddress returns the host and port that a transport dials for the URL of a proxy.
func dialedAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// An addressGuard denies connections to addresses that are not public, unless the Canvas at host
// has an address of the same kind: a Canvas on the local network has its files there too.
type addressGuard struct {
	host     string        // of Canvas
	resolver *net.Resolver // nil means net.DefaultResolver
}

// check is the ControlContext of a dialer, which calls it with the address that it is about to
// connect to. A name that resolves differently each time can therefore not pass it.
func (g addressGuard) check(ctx context.Context, _, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return errLocalAddress
	}
	kind := kindOf(target.Addr())
	if kind == publicAddress || kind != unusableAddress && g.canvasHas(ctx, kind) {
		return nil
	}
	return errLocalAddress
}

// canvasHas reports whether Canvas has an address of a kind.
func (g addressGuard) canvasHas(ctx context.Context, kind addressKind) bool {
	resolver := g.resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	addrs, err := resolver.LookupNetIP(ctx, "ip", g.host)
	return err == nil && slices.ContainsFunc(addrs, func(addr netip.Addr) bool { return kindOf(addr) == kind })
}
