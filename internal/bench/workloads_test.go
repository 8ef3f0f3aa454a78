package bench

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// BenchmarkWorkloads prints tables of all workloads on all servers. The servers alternate, so that other
// load of the machine affects all of them.
func BenchmarkWorkloads(b *testing.B) {
	e := setUp(b, measuredData())
	e.startSelected(b)
	counts := countStatements(b, e)
	conns, err := programConns(b.Context(), e.location)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("The program and the handwritten server have %d connections to PostgreSQL; the program has more to look up keys.\n\n", conns)
	rp := newReport(selectedClients(b))
	for _, w := range workloads(e.student) {
		if !isMeasured(b, w) {
			continue
		}
		rp.start(w)
		for _, clients := range rp.clients {
			rp.add(clients, e.measureAlternately(b, w, clients), counts)
		}
	}
	rp.printRatios()
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

// A run is what a server did with a workload.
type run struct {
	target
	rounds measurements
	peakMB int
	note   string // why there are no rounds
}

// measureAlternately measures a workload on each server that supports it, in alternating rounds.
func (e *environment) measureAlternately(tb testing.TB, w workload, clients int) (runs []*run) {
	tb.Helper()
	requests := map[*run][]byte{}
	for _, t := range e.targets {
		on, ok := t.translate(w)
		if !ok || t.name == "resolvers" && clients > 16 { // they would take all memory
			continue
		}
		r := &run{target: t}
		runs = append(runs, r)
		request, err := e.prepare(t, on)
		if err != nil {
			tb.Fatal(err)
		}
		if requests[r] = request; request == nil {
			r.note = "sends no ETag"
		}
		loadtest.ResetPeakMemory(t.pid)
	}
	for range *rounds {
		for _, r := range runs {
			if r.note != "" {
				continue
			}
			m, err := e.measure(r.target, requests[r], clients, *duration)
			if err != nil { // such as too many large requests for two cores
				r.rounds, r.note = nil, err.Error()
				continue
			}
			r.rounds = append(r.rounds, m)
		}
	}
	for _, r := range runs {
		r.peakMB = loadtest.PeakMemoryMB(r.pid)
	}
	return runs
}

// supports reports whether a server supports a workload.
func supports(t target, w workload) bool {
	_, ok := t.translate(w)
	return ok
}

// prepare sends a workload and returns the request to measure. It is nil if the workload needs an entity
// tag and the server sends none. It sends a cached workload twice, because the program keeps the answer to a
// repeated request only: otherwise each client of the first round reads the answer from the database.
func (e *environment) prepare(t target, w workload) ([]byte, error) {
	c := &client{host: t.host}
	defer c.close()
	request := w.request(t.host, e.key, "")
	res, _, err := c.send(request, io.Discard)
	if err == nil && w.repeat == cached {
		_, _, err = c.send(request, io.Discard)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", w.name, t.name, err)
	}
	if w.repeat != poll {
		return request, nil
	}
	tag := res.Header.Get("ETag")
	if tag == "" {
		return nil, nil
	}
	return w.request(t.host, e.key, tag), nil
}

// isMeasured reports whether -only selects a workload.
func isMeasured(tb testing.TB, w workload) bool {
	tb.Helper()
	selected, err := regexp.MatchString(*nameFilter, w.name)
	if err != nil {
		tb.Fatalf("-only is not a regular expression: %v", err)
	}
	return selected
}
