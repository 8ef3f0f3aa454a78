package stress

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// Clients that do not read an ordinary large answer, or read it slowly, delay nobody else.
func testSlowReaders(t *testing.T, s *site) {
	in := s.institution()
	groups := []int{10}
	if *full {
		groups = []int{4, 8, 10}
	}
	for _, n := range groups {
		p := in.serve(t)
		for i := range n {
			conn := in.client(p, i).openUnread(t, largeQuery)
			defer conn.Close()
		}
		in.probe(t, p, fmt.Sprintf("beside %d clients that do not read", n))
		p.Kill()
	}
	if *full {
		p := in.serve(t)
		for i := range 8 {
			conn := in.client(p, i).openUnread(t, largeQuery)
			defer conn.Close()
			go readSlowly(conn)
		}
		in.probe(t, p, "beside 8 clients that read 100 kB/s")
	}
}

// readSlowly reads 100 kB/s until the connection is closed.
func readSlowly(r io.Reader) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if _, err := io.CopyN(io.Discard, r, 10_000); err != nil {
			return
		}
	}
}

// probe sends small queries and asks /readyz in turns.
func (in *institution) probe(t *testing.T, p *loadtest.Process, beside string) {
	t.Helper()
	c := in.client(p, keyCount-1)
	for what, send := range map[string]func(ctx context.Context) answer{
		"small query": func(ctx context.Context) answer { return c.query(ctx, smallQuery) },
		"/readyz":     func(ctx context.Context) answer { return c.get(ctx, "/readyz") },
	} {
		answers := repeat(time.Duration(size(10_000, 200))*time.Millisecond, func() answer {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(size(90, 10))*time.Second)
			defer cancel()
			return send(ctx)
		})
		atMost(t, what+" "+beside+": failed", count(answers, failed), 0, "")
		atMost(t, what+" "+beside+": longest", quantile(answers, 1), 1, "s")
	}
}

// Ordinary clients that read large answers leave others enough of the server.
func testLargeReaders(t *testing.T, s *site) {
	in := s.institution()
	p := in.serve(t)
	readers, c := in.clients(p, 8), in.client(p, keyCount-1)
	large := startLoad(t, len(readers), func(ctx context.Context, i int) answer { return readers[i].query(ctx, largeQuery) })
	answers := repeat(10*time.Second, func() answer { return c.query(t.Context(), smallQuery) })
	atMost(t, "small query beside 8 large readers: failed", count(answers, failed), 0, "")
	atMost(t, "small query beside 8 large readers: mean", 10_000/float64(len(answers)), 10, "ms")
	atMost(t, "large readers: failed", count(large.stop(), func(a answer) bool { return !a.ok() && !a.refused() }), 0, "")
}
