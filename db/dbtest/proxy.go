package dbtest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A Proxy forwards connections to a PostgreSQL database and counts round trips.
type Proxy struct {
	// Location is the URL of the database through the proxy.
	Location string
	trips    atomic.Int64
}

// NewProxy starts a proxy for a database, which ends with the test.
func NewProxy(tb testing.TB, location string) *Proxy {
	tb.Helper()
	conf, err := pgx.ParseConfig(location)
	if err != nil {
		tb.Fatal(err)
	}
	network, address := "tcp", net.JoinHostPort(conf.Host, fmt.Sprint(conf.Port))
	if strings.HasPrefix(conf.Host, "/") {
		network, address = "unix", filepath.Join(conf.Host, fmt.Sprintf(".s.PGSQL.%d", conf.Port))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	p := &Proxy{Location: fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", conf.User, conf.Password, l.Addr(), conf.Database)}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, address)
			if err != nil {
				client.Close()
				continue
			}
			go func() { _, _ = io.Copy(client, server); client.Close() }()
			go func() { p.forward(bufio.NewReader(client), server); server.Close() }()
		}
	}()
	return p
}

// RoundTrips returns how often clients have waited for the database so far, except to connect: the number of
// their messages Sync and Query (PostgreSQL manual, “Message Formats”).
func (p *Proxy) RoundTrips() int64 { return p.trips.Load() }

// forward forwards the messages of a client. The first has no type.
func (p *Proxy) forward(from io.Reader, to io.Writer) {
	header := make([]byte, 4)
	for {
		if _, err := io.ReadFull(from, header); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(header[len(header)-4:])-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		if kind := header[0]; len(header) == 5 && (kind == 'S' || kind == 'Q') {
			p.trips.Add(1)
		}
		if _, err := to.Write(append(header, body...)); err != nil {
			return
		}
		header = make([]byte, 5)
	}
}
