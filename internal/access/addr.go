package access

import "net/netip"

// ClientAddr returns the address by which a [Throttle] counts a client, given the
// RemoteAddr of a request: the address without the port. For IPv6 it is the /64 network,
// which is what providers assign to one client. For anything else, such as a Unix socket,
// it is "unknown".
func ClientAddr(remoteAddr string) string {
	addr, ok := parseAddr(remoteAddr)
	if !ok {
		return "unknown"
	}
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return network.String()
}

// parseAddr parses an IP address with or without a port, and with or without brackets around an
// IPv6 address. It returns IPv4 addresses as such, and addresses without a zone.
func parseAddr(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		port, portErr := netip.ParseAddrPort(s)
		addr, err = port.Addr(), portErr
	}
	if inner, isBracketed := cutBrackets(s); err != nil && isBracketed {
		addr, err = netip.ParseAddr(inner)
	}
	return addr.Unmap().WithZone(""), err == nil
}

// cutBrackets returns the text between brackets.
func cutBrackets(s string) (inner string, ok bool) {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return "", false
	}
	return s[1 : len(s)-1], true
}
