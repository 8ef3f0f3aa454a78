package access

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Proxies are the addresses of the reverse proxies in front of the server. Requests from them name
// the client in the header X-Forwarded-For or Forwarded (RFC 7239). Each proxy appends the address
// that it received the request from. The client is therefore the right-most address that is not a
// proxy; addresses to the left of it may be forged.
type Proxies []netip.Prefix

// ParseProxies parses single addresses, and networks such as 10.0.0.8/30. It rejects networks that
// contain every address.
func ParseProxies(networks []string) (Proxies, error) {
	var p Proxies
	for _, text := range networks {
		network, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); err != nil && addrErr == nil {
			network, err = addr.Unmap().Prefix(addr.Unmap().BitLen())
		}
		switch {
		case err != nil || network.Addr().Is4In6():
			return nil, fmt.Errorf("%q must be an address such as 10.0.0.5, or a network such as 10.0.0.8/30", text)
		case network.Bits() == 0:
			return nil, fmt.Errorf("%q must not contain every address, because clients could then forge theirs", text)
		}
		p = append(p, network.Masked())
	}
	return p, nil
}

// Middleware returns middleware that sets the RemoteAddr of requests to the address of the client,
// without a port. Requests that do not come from a proxy keep theirs. The first request with headers
// that disagree is logged.
func (p Proxies) Middleware(log *slog.Logger) func(http.Handler) http.Handler {
	var warnOnce sync.Once
	return func(next http.Handler) http.Handler {
		if len(p) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if peer, ok := parseAddr(r.RemoteAddr); ok && p.contains(peer) {
				addr, agree := p.headerClient(peer, r.Header)
				if !agree {
					warnOnce.Do(func() {
						log.WarnContext(r.Context(), "X-Forwarded-For and Forwarded disagree; let the proxy remove the header that it does not write", "proxy", peer)
					})
				}
				r.RemoteAddr = addr.String()
			}
			next.ServeHTTP(w, r)
		})
	}
}

// headerClient returns the address of the client of a request from the proxy at peer. If two headers
// disagree, it is peer: a proxy that writes one of them may pass on the other as a client sent it.
func (p Proxies) headerClient(peer netip.Addr, h http.Header) (addr netip.Addr, agree bool) {
	xForwardedFor, forwarded := h.Values("X-Forwarded-For"), h.Values("Forwarded")
	addr = p.clientAddress(peer, xForwardedForAddrs(xForwardedFor))
	if len(forwarded) == 0 {
		return addr, true
	}
	other := p.clientAddress(peer, forwardedAddrs(forwarded))
	if len(xForwardedFor) == 0 || addr == other {
		return other, true
	}
	return peer, false
}

// clientAddress returns the right-most address that is not a trusted proxy, and the left-most one
// if all are trusted. Where an address is malformed or hidden, the proxy that wrote it is the last
// address that is known.
func (p Proxies) clientAddress(peer netip.Addr, addrs []string) netip.Addr {
	for _, text := range slices.Backward(addrs) {
		addr, ok := parseAddr(text)
		if !ok {
			break
		}
		if peer = addr; !p.contains(addr) {
			break
		}
	}
	return peer
}

func (p Proxies) contains(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// xForwardedForAddrs returns the addresses in X-Forwarded-For headers.
func xForwardedForAddrs(headers []string) []string {
	var addrs []string
	for addr := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		addrs = append(addrs, strings.TrimSpace(addr))
	}
	return addrs
}

// forwardedAddrs returns the value of the parameter “for” of each element of Forwarded headers, and
// "" for an element without one. A header that is malformed has one unknown address, "": a client may
// have opened a quotation in front of what the proxy appended.
func forwardedAddrs(headers []string) []string {
	var addrs []string
	for _, header := range headers {
		if parsed, ok := parseForwarded(header); ok {
			addrs = append(addrs, parsed...)
		} else {
			addrs = append(addrs, "")
		}
	}
	return addrs
}

// forwardedPair matches a parameter, which may be missing, and the separator after it. Its groups
// are the name, the value without quotation marks, the quoted value and the separator. Unlike RFC 7239
// it accepts values such as [2001:db8::1]:80 without quotation marks, which some proxies send.
var forwardedPair = regexp.MustCompile(`^[ \t]*(?:([^\s"=,;]+)=(?:([^\s"=,;]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*([,;]|$)`)

// parseForwarded returns the value of “for” of each element of one Forwarded header. An element with
// several is malformed.
func parseForwarded(header string) (addrs []string, ok bool) {
	addr, hasFor := "", false
	for {
		m := forwardedPair.FindStringSubmatch(header)
		if m == nil {
			return nil, false
		}
		if strings.EqualFold(m[1], "for") {
			if hasFor {
				return nil, false
			}
			addr, hasFor = m[2]+m[3], true
		}
		if m[4] != ";" {
			addrs = append(addrs, addr)
			addr, hasFor = "", false
		}
		if m[4] == "" {
			return addrs, true
		}
		header = header[len(m[0]):]
	}
}
