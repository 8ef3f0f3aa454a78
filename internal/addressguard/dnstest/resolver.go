// Package dnstest has a fake resolver of host names.
package dnstest

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// Resolver returns a resolver that knows only the given hosts, each with one IPv4 address.
func Resolver(hosts map[string]string) *net.Resolver {
	return ResolverFunc(func(host string) string { return hosts[host] })
}

// ResolverFunc returns a resolver that asks lookUp for the IPv4 address of a host, or "" if there is none.
func ResolverFunc(lookUp func(host string) string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerDNS(server, lookUp)
		return client, nil
	}}
}

// answerDNS answers one question over a stream, where messages follow their length.
func answerDNS(conn net.Conn, lookUp func(host string) string) {
	defer conn.Close()
	length := make([]byte, 2)
	if _, err := io.ReadFull(conn, length); err != nil {
		return
	}
	request := make([]byte, int(length[0])<<8|int(length[1]))
	var m dnsmessage.Message
	if _, err := io.ReadFull(conn, request); err != nil || m.Unpack(request) != nil {
		return
	}
	question := m.Questions[0]
	m.Response, m.Additionals = true, nil
	switch address := lookUp(strings.TrimSuffix(question.Name.String(), ".")); {
	case address == "":
		m.RCode = dnsmessage.RCodeNameError
	case question.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()},
		}}
	}
	if reply, err := m.Pack(); err == nil {
		_, _ = conn.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...))
	}
}
