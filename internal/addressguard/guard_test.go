package addressguard

import (
	"errors"
	"net"
	"testing"

	"github.com/momotor/resultgraph/internal/addressguard/dnstest"
)

// Connections to addresses that are not public are denied, unless the peer has one of the same kind.
func TestGuard(t *testing.T) {
	t.Parallel()
	const public, loopback, link, private, translated = "203.0.113.5", "127.0.0.1", "169.254.7.7", "10.1.1.1", "64:ff9b::203.0.113.5"
	peers := []string{"", public, loopback, link, private, translated}
	allowedFor := map[string][]string{ // addresses by the peer for which alone they are allowed
		"any": {"203.0.113.9", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8:1::1", "2606:4700::1", "::ffff:8.8.8.8", "2002:808:808::1", "2001:0:808:808::f7f7:f7f7"},
		loopback: {
			"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::1",
			"2001:0:7f00:1::f7f7:f7f7", "2001:0:808:808::80ff:fffe",
		},
		link: {"169.254.169.253", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.253", "64:ff9b::a9fe:a9fd", "2002:a9fe:a9fd::"},
		private: {
			"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "198.18.0.1", "192.0.0.1",
			"fc00::1", "fdff::1", "fec0::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "2002:c0a8:101::1", "2001:0:808:808::f5ff:fffe",
		},
		translated: {"64:ff9b::8.8.8.8"},
		"none": {
			"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "ff02::1", "::ffff:0.0.0.0", "::ffff:255.255.255.255",
			"64:ff9b::0.0.0.0", "2002::1",
			"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "fd00:ec2::254", "100.100.100.200", "192.0.0.192",
		},
	}
	for wanted, addresses := range allowedFor {
		for _, address := range addresses {
			for _, peer := range peers {
				guard := Guard{Peer: peer}
				err := guard.check(t.Context(), "tcp", net.JoinHostPort(address, "443"), nil)
				if allowed := wanted == "any" || wanted == peer; (err == nil) != allowed {
					t.Errorf("for the peer %s, a connection to %s: %v, want it allowed: %t", peer, address, err, allowed)
				}
			}
		}
	}
	for _, address := range []string{"", "127.0.0.1", "localhost:80"} {
		if (Guard{Peer: loopback}).check(t.Context(), "tcp", address, nil) == nil {
			t.Errorf("a connection to the malformed address %q is allowed", address)
		}
	}
}

// The addresses of a peer with a name come from the resolver.
func TestGuardResolvesPeer(t *testing.T) {
	t.Parallel()
	resolver := dnstest.Resolver(map[string]string{"lan.example.com": "192.168.1.1", "www.example.com": "203.0.113.5"})
	check := func(host string) error {
		return Guard{host, resolver}.check(t.Context(), "tcp", "10.0.0.1:443", nil)
	}
	for host, want := range map[string]error{"lan.example.com": nil, "www.example.com": ErrLocal} {
		if err := check(host); err != want {
			t.Errorf("for the peer %s, a connection to 10.0.0.1: %v, want %v", host, err, want)
		}
	}
	var lookup *net.DNSError // which the client retries
	if err := check("unknown.example.com"); !errors.As(err, &lookup) || errors.Is(err, ErrLocal) {
		t.Errorf("for a peer without an address, a connection to 10.0.0.1: %v, want the error of the look-up", err)
	}
}
