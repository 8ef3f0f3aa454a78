package addressguard

import (
	"net/netip"
	"slices"
)

// An addressKind says where connections to an IP address lead.
type addressKind int

const (
	publicAddress     addressKind = iota
	loopbackAddress               // this computer
	linkLocalAddress              // the local link
	privateAddress                // a local network, or the network of a provider
	translatedAddress             // a public IPv4 address behind a NAT64 translator
	unusableAddress               // no single computer, or one that no other server has
)

// kindNetworks are the networks of the addresses that are not public, from the registries of
// special-purpose addresses of IANA. The first kind with an address counts.
var kindNetworks = []struct {
	kind     addressKind
	networks []netip.Prefix
}{
	{unusableAddress, parseNetworks(
		"0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8",
		// metadata services of clouds, which have credentials
		"169.254.169.254/32", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32",
	)},
	{loopbackAddress, parseNetworks("127.0.0.0/8", "::1/128")},
	{linkLocalAddress, parseNetworks("169.254.0.0/16", "fe80::/10")},
	{privateAddress, parseNetworks(
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10",
		"100.64.0.0/10",                 // carrier-grade NAT
		"192.0.0.0/24", "198.18.0.0/15", // protocol assignments, benchmarks
		"64:ff9b:1::/48", // local-use NAT64
	)},
}

func parseNetworks(texts ...string) (networks []netip.Prefix) {
	for _, text := range texts {
		networks = append(networks, netip.MustParsePrefix(text))
	}
	return networks
}

// kindOf returns the kind of an address. For an IPv6 address that contains an IPv4 address which is
// not public, it is the kind of that IPv4 address.
func kindOf(ip netip.Addr) addressKind {
	ip = ip.Unmap().WithZone("")
	for _, k := range kindNetworks {
		if slices.ContainsFunc(k.networks, func(n netip.Prefix) bool { return n.Contains(ip) }) {
			return k.kind
		}
	}
	for _, inner := range embeddedIPv4(ip) {
		if kind := kindOf(inner); kind != publicAddress {
			return kind
		}
	}
	if nat64.Contains(ip) {
		return translatedAddress
	}
	return publicAddress
}

// The networks of IPv6 addresses that contain IPv4 addresses.
var (
	ipv4Compatible = netip.MustParsePrefix("::/96")           // RFC 4291, deprecated
	ipv4Translated = netip.MustParsePrefix("::ffff:0:0:0/96") // RFC 2765
	nat64          = netip.MustParsePrefix("64:ff9b::/96")    // RFC 6052
	teredo         = netip.MustParsePrefix("2001::/32")       // RFC 4380
	sixToFour      = netip.MustParsePrefix("2002::/16")       // RFC 3056
)

// embeddedIPv4 returns the IPv4 addresses that an address contains.
func embeddedIPv4(ip netip.Addr) []netip.Addr {
	if ip.Is4() {
		return nil
	}
	b := ip.As16()
	first, second, last := [4]byte(b[2:6]), [4]byte(b[4:8]), [4]byte(b[12:16])
	switch {
	case ipv4Compatible.Contains(ip), ipv4Translated.Contains(ip), nat64.Contains(ip):
		return []netip.Addr{netip.AddrFrom4(last)}
	case sixToFour.Contains(ip):
		return []netip.Addr{netip.AddrFrom4(first)}
	case teredo.Contains(ip): // the server, and the client with all bits inverted
		for i := range last {
			last[i] ^= 0xff
		}
		return []netip.Addr{netip.AddrFrom4(second), netip.AddrFrom4(last)}
	}
	return nil
}
