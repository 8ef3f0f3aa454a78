package access

import "net/netip"

// ClientAddr returns the address by which a [Throttle] counts a client, given the
// RemoteAddr of a request: the address without the port. For IPv6 it is the /64 network,
// which is what providers assign to one client. For anything else, such as a Unix socket,
// it is "unknown".
func ClientAddr(remoteAddr string) string {
	addr, err := netip.ParseAddr(remoteAddr)
	if err != nil {
		port, err := netip.ParseAddrPort(remoteAddr)
		if err != nil {
			return "unknown"
		}
		addr = port.Addr()
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return network.String()
}
