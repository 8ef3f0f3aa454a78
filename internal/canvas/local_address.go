package canvas

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
)

// errLocalAddress is the error for a connection to this computer or its local network.
var errLocalAddress = errors.New("the file is on this computer or its local network")

// denyLocalAddresses returns a transport for URLs in responses. It is like t, but denies
// connections to loopback, link-local and unspecified addresses unless the Canvas at base
// itself is there. It checks the address of the connection, after name resolution. If t is
// not an *http.Transport, it returns t.
func denyLocalAddresses(t http.RoundTripper, base *url.URL) http.RoundTripper {
	from, ok := t.(*http.Transport)
	if !ok || isLocalHost(base.Hostname()) {
		return t
	}
	exempt := sync.Map{} // hosts of Canvas and of proxies, as they are dialed
	exempt.Store(strings.ToLower(base.Hostname()), true)
	clone := from.Clone()
	if proxy := from.Proxy; proxy != nil {
		clone.Proxy = func(r *http.Request) (*url.URL, error) {
			u, err := proxy(r)
			if u != nil {
				exempt.Store(strings.ToLower(u.Hostname()), true)
			}
			return u, err
		}
	}
	dial := from.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	clone.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(address)
		if _, isExempt := exempt.Load(strings.ToLower(host)); isExempt || !isLocalNetAddr(conn.RemoteAddr()) {
			return conn, nil
		}
		_ = conn.Close() // before any data is sent
		return nil, errLocalAddress
	}
	return clone
}

// isLocalHost reports whether a host is a local address or localhost.
func isLocalHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && isLocalIP(ip) || strings.EqualFold(host, "localhost")
}

func isLocalNetAddr(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && isLocalIP(tcp.AddrPort().Addr())
}

func isLocalIP(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()
}
