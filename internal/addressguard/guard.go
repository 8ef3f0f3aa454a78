// Package addressguard keeps requests whose URLs come from other servers away from this computer and its local
// network.
package addressguard

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

// ErrLocal is the error for a connection to this computer or its local network.
var ErrLocal = errors.New("the address is on this computer or its local network")

// A guardedTransport is a transport for URLs from other servers. It connects only to addresses that guard
// allows. A proxy resolves names itself, and must filter their addresses; the guard then checks only
// hosts that are addresses.
type guardedTransport struct {
	direct, proxied *http.Transport
	guard           Guard
}

// Transport returns a transport with the settings of t that connects only to addresses that guard allows. If t
// is not an *http.Transport, it returns t.
func Transport(t http.RoundTripper, guard Guard) http.RoundTripper {
	proxied, ok := t.(*http.Transport)
	if !ok {
		return t
	}
	direct := proxied.Clone()
	direct.Proxy = nil
	direct.DialTLSContext = nil
	direct.DialTLS = nil //lint:ignore SA1019 it would bypass the guard
	direct.DialContext = (&net.Dialer{Timeout: 30 * time.Second, Resolver: guard.Resolver, ControlContext: guard.check}).DialContext
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

// A Guard denies connections to addresses that are not public.
type Guard struct {
	// Peer, if not "", is the host of a trusted server. Addresses of the same kind as one of its own are allowed
	// too: a server on the local network has its files there.
	Peer     string
	Resolver *net.Resolver // nil means net.DefaultResolver
}

// check is the ControlContext of a dialer, which calls it with the address that it is about to
// connect to. A name that resolves differently each time can therefore not pass it.
func (g Guard) check(ctx context.Context, _, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrLocal
	}
	return g.checkAddr(ctx, target.Addr())
}

// checkHost checks a host that is an address. It allows all names, and denies other forms of
// addresses, such as 127.1 or 0x7f000001: no name has a last label that begins with a digit.
func (g Guard) checkHost(ctx context.Context, host string) error {
	if addr, err := netip.ParseAddr(host); err == nil {
		return g.checkAddr(ctx, addr)
	}
	host = strings.TrimSuffix(host, ".")
	if last := host[strings.LastIndex(host, ".")+1:]; last == "" || '0' <= last[0] && last[0] <= '9' {
		return ErrLocal
	}
	return nil
}

func (g Guard) checkAddr(ctx context.Context, addr netip.Addr) error {
	switch kind := kindOf(addr); kind {
	case publicAddress:
		return nil
	case unusableAddress:
		return ErrLocal
	default:
		return g.checkPeer(ctx, kind)
	}
}

// checkPeer denies the connection unless the peer itself has an address of this kind. It returns the
// error of the look-up if that fails.
func (g Guard) checkPeer(ctx context.Context, kind addressKind) error {
	if g.Peer == "" {
		return ErrLocal
	}
	resolver := g.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	addrs, err := resolver.LookupNetIP(ctx, "ip", g.Peer)
	if err != nil {
		return fmt.Errorf("look up the addresses of %s: %w", g.Peer, err)
	}
	if !slices.ContainsFunc(addrs, func(addr netip.Addr) bool { return kindOf(addr) == kind }) {
		return ErrLocal
	}
	return nil
}
