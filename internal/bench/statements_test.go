package bench

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A counter stands between servers and PostgreSQL and counts the statements that pass.
type counter struct {
	location string // by which servers reach PostgreSQL through it
	count    atomic.Int64
}

// newCounter starts a counter in front of a database.
func newCounter(tb testing.TB, location string) *counter {
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
	c := &counter{location: fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", conf.User, conf.Password, l.Addr(), conf.Database)}
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
			go func() { c.pass(bufio.NewReader(client), server); server.Close() }()
		}
	}()
	return c
}

// pass hands on what a client sends (PostgreSQL manual, “Message Formats”): first a message
// without a type, and then typed ones, of which Query and Execute are statements.
func (c *counter) pass(from io.Reader, to io.Writer) {
	var head [5]byte
	length := head[1:]
	typed := false
	for {
		frame := head[:]
		if !typed {
			frame = length
		}
		if _, err := io.ReadFull(from, frame); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(length)-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		if typed {
			c.count.Add(statements(head[0], string(body)))
		}
		typed = true
		if _, err := to.Write(append(append([]byte{}, frame...), body...)); err != nil {
			return
		}
	}
}

// statements tells how many statements a message is. The beginning and end of a
// transaction are none, and are parsed each time that they are executed.
func statements(kind byte, body string) int64 {
	boundary := strings.Contains(body, "BEGIN ") || strings.Contains(body, "COMMIT")
	switch {
	case kind == 'E', kind == 'Q' && !boundary:
		return 1
	case kind == 'P' && boundary:
		return -1
	}
	return 0
}

// countStatements returns how many statements each work takes on each server, beside the
// one that looks the key up.
func countStatements(tb testing.TB, f *field, location string) map[string]int64 {
	tb.Helper()
	c := newCounter(tb, location)
	counted := &field{key: f.key, student: f.student}
	counted.serve(tb, c.location)
	counts := map[string]int64{}
	for _, w := range works(f.student) {
		if !strings.Contains(w.name, *only) {
			continue
		}
		for _, t := range counted.targets {
			for range 2 { // the first one makes connections ready
				before := c.count.Load()
				if _, err := once(http.DefaultClient, t, t.path(w), f.key, io.Discard); err != nil {
					tb.Fatal(err)
				}
				counts[w.name+t.name] = c.count.Load() - before - 1
			}
		}
	}
	return counts
}
