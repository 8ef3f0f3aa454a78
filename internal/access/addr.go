package access

import "net/netip"

// ClientAddr returns what stands for a client in a [Throttle], out of the
// RemoteAddr of its request: its address without the port. Of IPv6 it is the
// /64 network, for that is what one client is given. Whatever is no address,
// like the other end of a Unix socket, is "unknown".
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
