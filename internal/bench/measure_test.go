package bench

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// A measurement is the result of sending a workload to a server for some time.
type measurement struct {
	seconds          float64
	latencies        []time.Duration
	serverCPU, dbCPU float64 // seconds
	allocations      float64 // of the server
	bytes            int64   // of a response
}

func (m measurement) rate() float64 { return float64(len(m.latencies)) / m.seconds }

// measurements are the rounds of a workload on a server.
type measurements []measurement

// rate returns the median of the requests per second.
func (ms measurements) rate() float64 {
	return ms.median(func(i int) float64 { return ms[i].rate() })
}

// relativeTo returns the median of the ratios of the rates of corresponding rounds, so that other
// load of the machine hardly matters.
func (ms measurements) relativeTo(others measurements) float64 {
	if len(others) != len(ms) {
		return 0
	}
	return ms.median(func(i int) float64 { return ms[i].rate() / others[i].rate() })
}

func (ms measurements) median(of func(i int) float64) float64 {
	if len(ms) == 0 {
		return 0
	}
	values := make([]float64, len(ms))
	for i := range values {
		values[i] = of(i)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// quantile returns a latency in milliseconds.
func (ms measurements) quantile(q float64) float64 {
	var all []time.Duration
	for _, m := range ms {
		all = append(all, m.latencies...)
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000
}

// perRequest returns the mean of a value of the rounds.
func (ms measurements) perRequest(value func(m measurement) float64) float64 {
	sum, requests := 0.0, 0
	for _, m := range ms {
		sum += value(m)
		requests += len(m.latencies)
	}
	return sum / float64(requests)
}

// measure sends a request with a number of concurrent clients for a duration, and at least once by
// each client.
func (e *environment) measure(t target, request []byte, clients int, duration time.Duration) (m measurement, err error) {
	var mu sync.Mutex
	overhead := -t.allocations() + t.allocations() // the cost of reading the metrics
	allocated := t.allocations()
	server, db := loadtest.CPUSeconds(t.pid), e.databaseCPU()
	start := time.Now()
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			latencies, size, sendErr := sendRepeatedly(t.host, request, start.Add(duration))
			mu.Lock()
			defer mu.Unlock()
			m.latencies = append(m.latencies, latencies...)
			m.bytes = size
			if sendErr != nil {
				err = fmt.Errorf("%s: %w", t.name, sendErr)
			}
		})
	}
	group.Wait()
	m.seconds = time.Since(start).Seconds()
	m.serverCPU, m.dbCPU = loadtest.CPUSeconds(t.pid)-server, e.databaseCPU()-db
	m.allocations = max(t.allocations()-allocated-overhead, 0)
	return m, err
}

// sendRepeatedly sends a request on one connection until a time.
func sendRepeatedly(host string, request []byte, until time.Time) (latencies []time.Duration, size int64, err error) {
	c := &client{host: host}
	defer c.close()
	for sent := time.Now(); sent.Before(until) || len(latencies) == 0; {
		if _, size, err = c.send(request, io.Discard); err != nil {
			return latencies, size, err
		}
		received := time.Now()
		latencies = append(latencies, received.Sub(sent))
		sent = received
	}
	return latencies, size, nil
}

// allocations returns the number of objects that a server has allocated so far.
func (t target) allocations() float64 {
	res, err := http.Get(t.metrics)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			n, _ := strconv.ParseFloat(rest, 64)
			return n
		}
	}
	return 0
}

// databaseCPU returns the CPU time of the database server.
func (e *environment) databaseCPU() float64 {
	if e.postmaster == 0 {
		return 0
	}
	return loadtest.TreeCPUSeconds(e.postmaster)
}
