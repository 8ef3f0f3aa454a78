package canvas

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// errLocalAddress is the error for a connection to this computer or its local network.
var errLocalAddress = errors.New("the file is on this computer or its local network")

// A guardedTransport is a transport for URLs in responses. It connects only to addresses that guard
// allows. A proxy resolves names itself, and must filter their addresses; the guard then checks only
// hosts that are addresses.
type guardedTransport struct {
	direct, proxied *http.Transport
	guard           addressGuard
}

// guardAddresses returns a guardedTransport with the settings of t. If t is not an *http.Transport, it
// returns t.
func guardAddresses(t http.RoundTripper, guard addressGuard) http.RoundTripper {
	proxied, ok := t.(*http.Transport)
	if !ok {
		return t
	}
	direct := proxied.Clone()
	direct.Proxy = nil
	direct.DialTLSContext = nil
	direct.DialTLS = nil //lint:ignore SA1019 it would bypass the guard
	direct.DialContext = (&net.Dialer{Timeout: 30 * time.Second, Resolver: guard.resolver, ControlContext: guard.check}).DialContext
	return &guardedTransport{direct, proxied, guard}
}

// RoundTrip implements http.RoundTripper.
func (t *guardedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.proxied.Proxy == nil {
		return t.direct.RoundTrip(r)
	}
	switch proxy, err := t.proxied.Proxy(r); {
	case err != nil:
		return nil, err
	case proxy == nil:
		return t.direct.RoundTrip(r)
	}
	if err := t.guard.checkHost(r.Context(), r.URL.Hostname()); err != nil {
		return nil, err
	}
	return t.proxied.RoundTrip(r)
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
	return g.checkAddr(ctx, target.Addr())
}

// checkHost checks a host that is an address. It allows all names, and denies other forms of
// addresses, such as 127.1 or 0x7f000001: no name has a last label that begins with a digit.
func (g addressGuard) checkHost(ctx context.Context, host string) error {
	if addr, err := netip.ParseAddr(host); err == nil {
		return g.checkAddr(ctx, addr)
	}
	host = strings.TrimSuffix(host, ".")
	if last := host[strings.LastIndex(host, ".")+1:]; last == "" || '0' <= last[0] && last[0] <= '9' {
		return errLocalAddress
	}
	return nil
}

func (g addressGuard) checkAddr(ctx context.Context, addr netip.Addr) error {
	switch kind := kindOf(addr); kind {
	case publicAddress:
		return nil
	case unusableAddress:
		return errLocalAddress
	default:
		return g.checkCanvas(ctx, kind)
	}
}

// checkCanvas denies the connection unless Canvas itself has an address of this kind. It returns the
// error of the look-up if that fails.
func (g addressGuard) checkCanvas(ctx context.Context, kind addressKind) error {
	resolver := g.resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	addrs, err := resolver.LookupNetIP(ctx, "ip", g.host)
	if err != nil {
		return fmt.Errorf("look up the addresses of Canvas: %w", err)
	}
	if !slices.ContainsFunc(addrs, func(addr netip.Addr) bool { return kindOf(addr) == kind }) {
		return errLocalAddress
	}
	return nil
}
