// Package bench compares the program with two yardsticks on the data of a large institution in
// PostgreSQL: a server that was written by hand for the measured requests only, and one that returns
// the same bytes from memory.
package bench

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/loadtest"
	"github.com/momotor/resultgraph/internal/memory"
)

var (
	useSmallData = flag.Bool("small", false, "use a tenth of the data, with all students of the lecture that figures are measured on")
	nameFilter   = flag.String("only", "", "measure only workloads whose name matches this regular expression")
	serverFilter = flag.String("servers", "program,handwritten,limit", "servers to measure; there is also resolvers")
	clientCounts = flag.String("clients", "1,16,64", "numbers of concurrent clients, separated by commas")
	rounds       = flag.Int("rounds", 5, "measure each server this often")
	duration     = flag.Duration("duration", time.Second, "duration of a round; large responses take longer")
)

// The variables make the test binary serve a yardstick: the handwritten server on the database at a
// location, or the limit of the server at a URL.
const (
	handwrittenVariable = "RESULTGRAPH_BENCH_HANDWRITTEN"
	limitVariable       = "RESULTGRAPH_BENCH_LIMIT"
)

func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(handwrittenVariable) != "":
		var h http.Handler
		if h, err = newHandwritten(context.Background(), os.Getenv(handwrittenVariable)); err == nil {
			err = serve(h)
		}
	case os.Getenv(limitVariable) != "":
		err = serve(newLimit(os.Getenv(limitVariable)))
	default:
		dbtest.Main(m)
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// serve serves a yardstick, with the program's settings of the garbage collector, and prints the banner
// that loadtest.Start waits for.
func serve(h http.Handler) error {
	memory.Configure(os.Getenv, slog.New(slog.DiscardHandler))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("Metrics are at http://%s/metrics\n  GraphiQL   http://%s/graphiql\n", l.Addr(), l.Addr())
	return http.Serve(l, h)
}

// All servers return the same bytes.
func TestSameBytes(t *testing.T) {
	data := loadtest.Tiny
	if *useSmallData {
		data = loadtest.Small
	}
	e := setUp(t, data)
	e.startServers(t)
	e.startResolvers(t)
	for _, w := range workloads(e.student) {
		var want []byte
		for _, tgt := range e.targets {
			on, ok := tgt.translate(w)
			if !ok {
				continue
			}
			c := &client{host: tgt.host}
			for range 2 { // the second response may come from a cache
				var got bytes.Buffer
				if _, _, err := c.send(on.request(tgt.host, e.key, ""), &got); err != nil {
					t.Fatalf("%s: %s: %v", w.name, tgt.name, err)
				}
				if want == nil {
					want = got.Bytes()
				}
				if at := differAt(got.Bytes(), want); at >= 0 {
					t.Errorf("%s: %s returns …%.200s, want …%.200s", w.name, tgt.name, got.Bytes()[max(at-50, 0):], want[max(at-50, 0):])
				}
			}
			c.close()
		}
	}
}

// differAt returns the index of the first different byte, or -1.
func differAt(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}
