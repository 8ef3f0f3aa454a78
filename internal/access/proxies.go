package access

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of the reverse proxies in front of the server. Requests from them name
// the client in the header X-Forwarded-For or Forwarded (RFC 7239). Each proxy appends the address
// that it received the request from, so that the addresses to the left of the first one that a
// trusted proxy did not write may be forged.
type Proxies []netip.Prefix

// ParseProxies parses networks such as 10.0.0.0/8, and single addresses.
func ParseProxies(networks []string) (Proxies, error) {
	var p Proxies
	for _, text := range networks {
		network, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); err != nil && addrErr == nil {
			network, err = addr.Unmap().Prefix(addr.Unmap().BitLen())
		}
		if err != nil || network.Addr().Is4In6() {
			return nil, fmt.Errorf("%q must be a network such as 10.0.0.0/8 or fd00::/8, or an address", text)
		}
		p = append(p, network.Masked())
	}
	return p, nil
}

// Middleware sets the RemoteAddr of requests to the address of the client, without a port. Requests
// that do not come from a proxy keep theirs.
func (p Proxies) Middleware(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, ok := parseAddr(r.RemoteAddr); ok && p.contain(peer) {
			r.RemoteAddr = p.client(peer, r.Header).String()
		}
		next.ServeHTTP(w, r)
	})
}

// client returns the address of the client of a request from the proxy at peer. Two headers that
// disagree are not believed: a proxy that writes one of them may pass on the other as a client
// sent it.
func (p Proxies) client(peer netip.Addr, h http.Header) netip.Addr {
	listed, forwarded := h.Values("X-Forwarded-For"), h.Values("Forwarded")
	byListed := p.lastUntrusted(peer, listedAddrs(listed))
	byForwarded := p.lastUntrusted(peer, forwardedAddrs(forwarded))
	switch {
	case len(forwarded) == 0:
		return byListed
	case len(listed) == 0, byListed == byForwarded:
		return byForwarded
	}
	return peer
}

// lastUntrusted returns the right-most address that is not a trusted proxy, and the left-most one
// if all are trusted. Where an address is malformed or hidden, the proxy that wrote it is the last
// address that is known.
func (p Proxies) lastUntrusted(peer netip.Addr, addrs []string) netip.Addr {
	for _, text := range slices.Backward(addrs) {
		addr, ok := parseAddr(text)
		if !ok {
			break
		}
		if peer = addr; !p.contain(addr) {
			break
		}
	}
	return peer
}

func (p Proxies) contain(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// listedAddrs returns the addresses in X-Forwarded-For headers.
func listedAddrs(headers []string) []string {
	var addrs []string
	for addr := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		addrs = append(addrs, strings.TrimSpace(addr))
	}
	return addrs
}

// forwardedAddrs returns the value of the parameter “for” of each element of Forwarded headers, and
// "" for an element without one.
func forwardedAddrs(headers []string) []string {
	var addrs []string
	for _, element := range splitUnquoted(strings.Join(headers, ","), ',') {
		addr := ""
		for _, parameter := range splitUnquoted(element, ';') {
			name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			if strings.EqualFold(name, "for") {
				addr = unquote(value)
			}
		}
		addrs = append(addrs, addr)
	}
	return addrs
}

// splitUnquoted splits s at separators outside of quoted strings.
func splitUnquoted(s string, separator byte) (parts []string) {
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == separator:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// unquote returns the text of a quoted string, or s if it is not quoted. Addresses have no
// characters that need an escape.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}
