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

// errInward says that an address is this computer, or one that only its neighbours have.
var errInward = errors.New("the file would come from this computer or its own network")

// outward is a transport for addresses that others name. It is like t, but connects to
// loopback, link-local and unspecified addresses only where the Canvas at base is there
// itself. The address counts that a name stands for when it is dialed. What is no
// *http.Transport stays as it is.
func outward(t http.RoundTripper, base *url.URL) http.RoundTripper {
	from, ok := t.(*http.Transport)
	if !ok || inward(base.Hostname()) {
		return t
	}
	own := sync.Map{} // the hosts of Canvas and of proxies, as they are dialed
	own.Store(strings.ToLower(base.Hostname()), true)
	to := from.Clone()
	if proxy := from.Proxy; proxy != nil {
		to.Proxy = func(r *http.Request) (*url.URL, error) {
			u, err := proxy(r)
			if u != nil {
				own.Store(strings.ToLower(u.Hostname()), true)
			}
			return u, err
		}
	}
	dial := from.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	to.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(address)
		if _, ours := own.Load(strings.ToLower(host)); ours || !inwardAddr(conn.RemoteAddr()) {
			return conn, nil
		}
		_ = conn.Close() // before anything is sent
		return nil, errInward
	}
	return to
}

// inward tells whether a host is this computer by its very name.
func inward(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && inwardIP(ip) || strings.EqualFold(host, "localhost")
}

func inwardAddr(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && inwardIP(tcp.AddrPort().Addr())
}

func inwardIP(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()
}
