package bench

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

// A statementProxy forwards connections to PostgreSQL and counts their statements.
type statementProxy struct {
	location               string // the URL of the database through the proxy
	statements, roundTrips atomic.Int64
}

// traffic is what a request sends to the database.
type traffic struct{ statements, roundTrips int64 }

// newStatementProxy starts a proxy for a database.
func newStatementProxy(tb testing.TB, location string) *statementProxy {
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
	c := &statementProxy{location: fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", conf.User, conf.Password, l.Addr(), conf.Database)}
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
			go func() { c.forward(bufio.NewReader(client), server); server.Close() }()
		}
	}()
	return c
}

// forward forwards the messages of a client (PostgreSQL manual, “Message Formats”): the
// first has no type; of the others, Query and Execute are statements.
func (c *statementProxy) forward(from io.Reader, to io.Writer) {
	var head [5]byte
	length := head[1:]
	hasType := false
	for {
		header := head[:]
		if !hasType {
			header = length
		}
		if _, err := io.ReadFull(from, header); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(length)-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		if hasType {
			c.statements.Add(statementCount(head[0], string(body)))
			if head[0] == 'S' || head[0] == 'Q' { // Sync and Query ask for a response
				c.roundTrips.Add(1)
			}
		}
		hasType = true
		if _, err := to.Write(append(append([]byte{}, header...), body...)); err != nil {
			return
		}
	}
}

// statementCount returns the number of statements in a message. It does not count the start
// and end of a transaction, which clients parse before each execution.
func statementCount(kind byte, body string) int64 {
	boundary := strings.Contains(body, "BEGIN ") || strings.Contains(body, "COMMIT")
	switch {
	case kind == 'E', kind == 'Q' && !boundary:
		return 1
	case kind == 'P' && boundary:
		return -1
	}
	return 0
}

// countStatements returns the traffic of each workload on each server, including the look-up of the key.
func countStatements(tb testing.TB, e *environment) map[string]traffic {
	tb.Helper()
	c := newStatementProxy(tb, e.location)
	proxied := &environment{program: e.program, location: c.location, key: e.key, student: e.student}
	proxied.startSelected(tb)
	counts := map[string]traffic{}
	for _, w := range workloads(e.student) {
		if !isMeasured(tb, w) {
			continue
		}
		for _, t := range proxied.targets {
			on, ok := t.translate(w)
			if !ok {
				continue
			}
			for range 2 { // the first request opens connections
				statements, roundTrips := c.statements.Load(), c.roundTrips.Load()
				if _, err := proxied.prepare(t, on); err != nil {
					tb.Fatal(err)
				}
				counts[w.name+t.name] = traffic{c.statements.Load() - statements, c.roundTrips.Load() - roundTrips}
			}
		}
	}
	return counts
}
