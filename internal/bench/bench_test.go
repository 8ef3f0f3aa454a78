// Package bench compares the program with a reference handler that was written by hand for
// the measured requests only, on the data of a large institution in PostgreSQL.
package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/loadtest"
)

var (
	useSmallData = flag.Bool("small", false, "use a tenth of the data")
	nameFilter   = flag.String("only", "", "measure only workloads whose name contains this")
	serverFilter = flag.String("servers", "", "start only servers whose name contains one of these, separated by commas")
	clientCounts = flag.String("clients", "1,16", "numbers of concurrent clients, separated by commas")
	rounds       = flag.Int("rounds", 5, "measure each server this often, for a second each")
)

// referenceVariable makes the test binary serve the reference handler; it names the database.
const referenceVariable = "RESULTGRAPH_BENCH_REFERENCE"

func TestMain(m *testing.M) {
	if location := os.Getenv(referenceVariable); location != "" {
		if err := serveReference(location); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	dbtest.Main(m)
}

func serveReference(location string) error {
	h, err := newReferenceHandler(context.Background(), location)
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

// The reference handler, the fast path and the resolvers return the same bytes.
func TestSameBytes(t *testing.T) {
	e := setUp(t, loadtest.Small)
	for _, w := range workloads(e.student) {
		var want bytes.Buffer
		for _, tgt := range e.targets {
			var got bytes.Buffer
			if _, err := sendRequest(http.DefaultClient, tgt, tgt.path(w), e.key, &got); err != nil {
				t.Fatal(err)
			}
			if want.Len() == 0 {
				want = got
			} else if !bytes.Equal(got.Bytes(), want.Bytes()) {
				i := 0
				for i < min(got.Len(), want.Len()) && got.Bytes()[i] == want.Bytes()[i] {
					i++
				}
				t.Errorf("%s: %s returns …%.200s, want …%.200s", w.name, tgt.name, got.Bytes()[max(i-50, 0):], want.Bytes()[max(i-50, 0):])
			}
		}
	}
}

// BenchmarkWorkloads prints a table of all workloads for all servers. The servers
// alternate, so that other load of the machine affects all of them.
func BenchmarkWorkloads(b *testing.B) {
	data := loadtest.Large
	if *useSmallData {
		data = loadtest.Small
	}
	e := setUp(b, data)
	counts := countStatements(b, e, e.location)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "workload\tserver\tclients\treq/s\tratio\tp50 ms\tp99 ms\tserver CPU ms\tdatabase CPU ms\tallocations\tstatements\tbytes\tpeak MB\t")
	for _, w := range workloads(e.student) {
		if !strings.Contains(w.name, *nameFilter) {
			continue
		}
		for _, clients := range selectedClients(b) {
			sums := e.measureAlternately(b, w, clients, *rounds)
			base := sums[len(sums)-1].rate()
			for i, tgt := range e.targets {
				s := sums[i]
				fmt.Fprintf(out, "%s\t%s\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%d\t%d\t%d\t\n", w.name, tgt.name, clients, s.rate(), s.rate()/base,
					s.quantile(0.5), s.quantile(0.99), s.perRequest(s.serverCPU), s.perRequest(s.dbCPU), s.allocations/float64(s.requests), counts[w.name+tgt.name], s.bytes, loadtest.PeakMemoryMB(tgt.pid))
			}
			out.Flush()
		}
	}
}

// selectedClients returns the numbers of -clients.
func selectedClients(tb testing.TB) (counts []int) {
	tb.Helper()
	for text := range strings.SplitSeq(*clientCounts, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			tb.Fatalf("-clients: %q is not a positive number", text)
		}
		counts = append(counts, n)
	}
	return counts
}

// isSelected reports whether -servers selects a server.
func isSelected(name string) bool {
	return slices.ContainsFunc(strings.Split(*serverFilter, ","), func(part string) bool { return strings.Contains(name, part) })
}

// measureAlternately measures a workload on each server in alternating rounds of one second.
func (e *environment) measureAlternately(tb testing.TB, w workload, clients, rounds int) []measurement {
	tb.Helper()
	sums := make([]measurement, len(e.targets))
	for range rounds {
		for i, tgt := range e.targets {
			if tgt.path(w).path == "" {
				continue // the server does not support the workload
			}
			g, err := measure(tgt, w, e.key, clients, time.Second)
			if err != nil {
				tb.Fatal(err)
			}
			sums[i].add(g)
		}
	}
	return sums
}

// An environment is a database with data and the servers on it.
type environment struct {
	targets  []target
	location string
	key      string
	student  string // the Canvas id of a student with results
}

// setUp creates a database of a size and starts the servers on it.
func setUp(tb testing.TB, data loadtest.Size) *environment {
	tb.Helper()
	location := dbtest.MigratedPostgres(tb)
	store := dbtest.Open(tb, location)
	loadtest.Fill(tb, location, data)
	e := &environment{location: location, key: makeKey(tb, store), student: studentCanvasID(tb, location)}
	e.serve(tb, location)
	return e
}

// serve starts the servers on a database.
func (e *environment) serve(tb testing.TB, location string) {
	tb.Helper()
	program := loadtest.Build(tb)
	e.startPaths(tb, program, location)
	e.start(tb, "reference", referencePath(e.student), []string{referenceVariable + "=" + location}, os.Args[0])
}

// startPaths starts the program twice: with and without the fast path.
func (e *environment) startPaths(tb testing.TB, program, location string) {
	tb.Helper()
	unchanged := func(w workload) workload { return w }
	serve := []string{program, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data", tb.TempDir(), "--database", location, "--max-nodes", "10000000", "--max-values", "100000000", "--max-page-size", "10000", "--max-response-bytes", "100000000", "--operation-timeout", "5m", "--max-operations-per-key", "100"}
	e.start(tb, "fast path", unchanged, nil, serve...)
	e.start(tb, "resolvers", unchanged, nil, append(serve, "--fast-path", "off")...)
}

// referencePath maps a workload to its path on the reference handler.
func referencePath(student string) func(workload) workload {
	return func(w workload) workload {
		path := map[string]string{
			"W1 list of 500, REST": "rest", "W1 list of 500, GraphQL": "list", "W2 all 48,000 steps": "all", "W3 20 results each": "few",
			"W4 one result": "one?student=" + student, "W6 CSV": "csv", "W7 accounts, courses": "accounts",
		}[w.name]
		return workload{w.name, http.MethodGet, "/" + path, "", w.minRatio}
	}
}

// start starts a server, if it is selected, and stops it at the end of the test.
func (e *environment) start(tb testing.TB, name string, path func(workload) workload, variables []string, command ...string) {
	tb.Helper()
	if !isSelected(name) {
		return
	}
	p := loadtest.Start(tb, variables, command...)
	e.targets = append(e.targets, target{name, p.BaseURL, p.MetricsURL, p.PID(), path})
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

func studentCanvasID(tb testing.TB, location string) (id string) {
	tb.Helper()
	pool, err := sql.Open("pgx", location)
	if err != nil {
		tb.Fatal(err)
	}
	defer pool.Close()
	err = pool.QueryRowContext(tb.Context(), `SELECT usr.canvas_id FROM enrollment AS enr JOIN "user" AS usr ON usr.id = enr.user_id WHERE enr.course_id = 101 ORDER BY usr.id LIMIT 1`).Scan(&id)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}
