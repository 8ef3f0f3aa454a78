package stress

import (
	"context"
	"crypto/sha256"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// heavyQuery counts and sorts the results of a course 29 times.
var heavyQuery = course(repeated(29, `results(first: 1, orderBy: [{field: SCORE}, {field: SUBMITTED_AT, direction: DESC}]) { totalCount nodes { score } }`))

// One key cannot take the whole server: eight heavy clients of one key delay another key by little
// more than the same load of the processors does.
func testFairness(t *testing.T, s *site) {
	in := s.institution()
	p := in.serve(t)
	heavy, c := in.client(p, 0), in.client(p, 1)
	measure := func(clients int) []answer {
		load := startLoad(t, clients, func(ctx context.Context, _ int) answer {
			a := heavy.query(ctx, heavyQuery)
			if a.refused() { // a client that heeds the answer
				select {
				case <-ctx.Done():
				case <-time.After(100 * time.Millisecond):
				}
			}
			return a
		})
		answers := repeat(10*time.Second, func() answer { return c.query(t.Context(), smallQuery) })
		all := load.stop()
		t.Logf("%d heavy clients: %d answers, %.0f refused; small queries: %d, p50 %.4f s, p99 %.4f s", clients, len(all), count(all, answer.refused), len(answers), quantile(answers, 0.5), quantile(answers, 0.99))
		atMost(t, "heavy queries that failed without saying when to try again", count(all, func(a answer) bool { return !a.ok() && !a.refused() }), 0, "")
		return answers
	}
	stop := keepBusy(runtime.NumCPU() - 1) // one connection loads only one processor
	alone := measure(1)
	stop()
	together := measure(8)
	atMost(t, "small query beside 8 heavy clients of another key: failed", count(together, failed), 0, "")
	atMost(t, "small query beside 8 heavy clients of another key: p99, relative to one connection", quantile(together, 0.99)/quantile(alone, 0.99), 2, "times")
}

// keepBusy loads processors until the function that it returns is called.
func keepBusy(processors int) (stop func()) {
	var done atomic.Bool
	for range processors {
		go func() {
			for sum := [sha256.Size]byte{}; !done.Load(); {
				sum = sha256.Sum256(sum[:])
			}
		}()
	}
	return func() { done.Store(true) }
}
