// Package bench measures the program against a handler that was written for nothing but
// the requests that are measured, on a store of a large institution in PostgreSQL.
package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
)

var (
	tenth = flag.Bool("tenth", false, "measure on a tenth of the data")
	only  = flag.String("only", "", "measure only works with this in their name")
)

// handVariable makes this program the hand-written server of a database.
const handVariable = "RESULTGRAPH_BENCH_HAND"

func TestMain(m *testing.M) {
	if location := os.Getenv(handVariable); location != "" {
		if err := serveHand(location); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	dbtest.Main(m)
}

func serveHand(location string) error {
	h, err := newHand(context.Background(), location)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("Metrics are at http://%s/metrics\n  GraphiQL   http://%s/graphiql\n", l.Addr(), l.Addr())
	return http.Serve(l, h)
}

// The hand-written server answers byte for byte what the program answers, on either path.
func TestSameBytes(t *testing.T) {
	f := setUp(t, small)
	for _, w := range works(f.student) {
		var want bytes.Buffer
		for _, to := range f.targets {
			var got bytes.Buffer
			if _, err := once(http.DefaultClient, to, to.path(w), f.key, &got); err != nil {
				t.Fatal(err)
			}
			if want.Len() == 0 {
				want = got
			} else if !bytes.Equal(got.Bytes(), want.Bytes()) {
				at := 0
				for at < min(got.Len(), want.Len()) && got.Bytes()[at] == want.Bytes()[at] {
					at++
				}
				t.Errorf("%s: %s answers …%.200s, the program …%.200s", w.name, to.name, got.Bytes()[max(at-50, 0):], want.Bytes()[max(at-50, 0):])
			}
		}
	}
}

// BenchmarkWorks prints a table of all works for all servers. The servers take turns, so
// that what else the machine does hits all of them.
func BenchmarkWorks(b *testing.B) {
	z := full
	if *tenth {
		z = small
	}
	f := setUp(b, z)
	counts := countStatements(b, f, f.location)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "work\tserver\tclients\treq/s\tratio\tp50 ms\tp99 ms\tserver CPU ms\tdatabase CPU ms\tallocations\tstatements\tbytes\tpeak MB\t")
	for _, w := range works(f.student) {
		if !strings.Contains(w.name, *only) {
			continue
		}
		for _, clients := range []int{1, 16} {
			sums := f.turns(b, w, clients, 5)
			base := sums[len(sums)-1].rate()
			for i, to := range f.targets {
				s := sums[i]
				fmt.Fprintf(out, "%s\t%s\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%d\t%d\t%d\t\n", w.name, to.name, clients, s.rate(), s.rate()/base,
					s.quantile(0.5), s.quantile(0.99), s.perRequest(s.server), s.perRequest(s.db), s.allocations/float64(s.requests), counts[w.name+to.name], s.bytes, peak(to.pid))
			}
			out.Flush()
		}
	}
}

// turns lets the servers take turns of a second at a work, so many each.
func (f *field) turns(tb testing.TB, w work, clients, turns int) []figure {
	tb.Helper()
	sums := make([]figure, len(f.targets))
	for range turns {
		for i, to := range f.targets {
			if to.path(w).path == "" {
				continue // which it has no way to say
			}
			g, err := drive(to, w, f.key, clients, time.Second)
			if err != nil {
				tb.Fatal(err)
			}
			sums[i].add(g)
		}
	}
	return sums
}

// A field is what is measured in.
type field struct {
	targets  []target
	location string
	key      string
	student  string // the Canvas id of somebody with results
}

// setUp makes a store of a size and starts the servers on it.
func setUp(tb testing.TB, z size) *field {
	tb.Helper()
	location := dbtest.Postgres(tb)
	store := dbtest.Open(tb, location)
	fill(tb, location, z)
	f := &field{location: location, key: makeKey(tb, store), student: someStudent(tb, location)}
	f.serve(tb, location)
	return f
}

// serve starts the servers on a database.
func (f *field) serve(tb testing.TB, location string) {
	tb.Helper()
	program := build(tb)
	f.startPaths(tb, program, location)
	f.start(tb, "by hand", byHand(f.student), []string{handVariable + "=" + location}, os.Args[0])
}

// build builds the program.
func build(tb testing.TB) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), "resultgraph")
	if text, err := exec.Command("go", "build", "-o", program, "../../cmd/resultgraph").CombinedOutput(); err != nil {
		tb.Fatalf("build the program: %v\n%s", err, text)
	}
	return program
}

// startPaths starts the program twice, with the fast path and without.
func (f *field) startPaths(tb testing.TB, program, location string) {
	tb.Helper()
	same := func(w work) work { return w }
	serve := []string{program, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data", tb.TempDir(), "--database", location, "--max-nodes", "10000000", "--max-page-size", "10000", "--max-response-bytes", "100000000", "--operation-timeout", "5m"}
	f.start(tb, "fast path", same, nil, serve...)
	f.start(tb, "resolvers", same, nil, append(serve, "--fast-path", "off")...)
}

// byHand finds the path of a work on the hand-written server.
func byHand(student string) func(work) work {
	return func(w work) work {
		path := map[string]string{
			"W1 list of 500, REST": "rest", "W1 list of 500, GraphQL": "list", "W2 all 48,000 steps": "all", "W3 20 results each": "few",
			"W4 one result": "one?student=" + student, "W6 CSV": "csv", "W7 accounts, courses": "accounts",
		}[w.name]
		return work{w.name, http.MethodGet, "/" + path, "", w.least}
	}
}

// start starts a server, which ends with the test.
func (f *field) start(tb testing.TB, name string, path func(work) work, env []string, command ...string) {
	tb.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	metrics := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "Metrics are at "); ok {
			metrics = url
		}
		if _, url, ok := strings.Cut(lines.Text(), "GraphiQL   "); ok {
			go func() { // whoever prints more is not to wait
				for lines.Scan() {
					continue
				}
			}()
			f.targets = append(f.targets, target{name, strings.TrimSuffix(url, "/graphiql"), metrics, cmd.Process.Pid, path})
			return
		}
	}
	tb.Fatalf("%s does not start", name)
}

func makeKey(tb testing.TB, store *db.Store) string {
	tb.Helper()
	courses, err := store.ListCourseIDs(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	item := &db.APIKeyItem{Courses: courses, Key: db.APIKey{Prefix: key.Prefix(), HashedKey: key.Hash(), Name: "bench", CreatedAt: time.Now()}}
	if err := store.CreateAPIKey(tb.Context(), item); err != nil {
		tb.Fatal(err)
	}
	return key.Reveal()
}

func someStudent(tb testing.TB, location string) (id string) {
	tb.Helper()
	pool, err := sql.Open("pgx", location)
	if err != nil {
		tb.Fatal(err)
	}
	defer pool.Close()
	err = pool.QueryRowContext(tb.Context(), `SELECT u.canvas_id FROM enrollment AS e JOIN "user" AS u ON u.id = e.user_id WHERE e.course_id = 101 ORDER BY u.id LIMIT 1`).Scan(&id)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}
