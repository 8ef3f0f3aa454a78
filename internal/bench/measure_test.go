package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
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
	requests         int
	seconds          float64
	latencies        []time.Duration
	serverCPU, dbCPU float64 // CPU seconds
	// allocations are those of the server.
	allocations float64
	bytes       int64
}

func (m *measurement) add(other measurement) {
	m.requests += other.requests
	m.seconds += other.seconds
	m.latencies = append(m.latencies, other.latencies...)
	m.serverCPU += other.serverCPU
	m.dbCPU += other.dbCPU
	m.allocations += other.allocations
	m.bytes = other.bytes
}

func (m measurement) rate() float64 { return float64(m.requests) / m.seconds }

// quantile returns a latency in milliseconds.
func (m measurement) quantile(q float64) float64 {
	slices.Sort(m.latencies)
	return float64(m.latencies[int(q*float64(len(m.latencies)-1))].Microseconds()) / 1000
}

func (m measurement) perRequest(cpu float64) float64 { return 1000 * cpu / float64(m.requests) }

// A target is a server that is measured.
type target struct {
	name, base, metrics string
	pid                 int
	path                func(w workload) workload
}

// measure sends a workload with a number of concurrent clients for a duration.
func measure(t target, w workload, key string, clients int, duration time.Duration) (measurement, error) {
	w = t.path(w)
	transport := &http.Transport{MaxIdleConnsPerHost: clients, DialContext: (&net.Dialer{}).DialContext, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var mu sync.Mutex
	var m measurement
	var firstErr error
	overhead := -t.allocations() + t.allocations() // the cost of reading the metrics
	allocated := t.allocations()
	server, db := loadtest.CPUSeconds(t.pid), postgresCPU()
	start := time.Now()
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			var latencies []time.Duration
			var size int64
			for time.Since(start) < duration || len(latencies) == 0 {
				sent := time.Now()
				n, err := sendRequest(client, t, w, key, io.Discard)
				if err != nil {
					mu.Lock()
					firstErr = err
					mu.Unlock()
					return
				}
				size = n
				latencies = append(latencies, time.Since(sent))
			}
			mu.Lock()
			defer mu.Unlock()
			m.latencies = append(m.latencies, latencies...)
			m.bytes = size
		})
	}
	group.Wait()
	m.requests, m.seconds = len(m.latencies), time.Since(start).Seconds()
	m.serverCPU, m.dbCPU = loadtest.CPUSeconds(t.pid)-server, postgresCPU()-db
	m.allocations = max(t.allocations()-allocated-overhead, 0)
	return m, firstErr
}

func sendRequest(client *http.Client, t target, w workload, key string, body io.Writer) (int64, error) {
	req, err := w.request(t.base, key)
	if err != nil {
		return 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(body, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s returns %s", w.name, t.name, res.Status)
	}
	return n, err
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

// postgresCPU returns the CPU time of all PostgreSQL processes.
func postgresCPU() (sum float64) {
	for _, pid := range loadtest.PostgresPIDs() {
		sum += loadtest.CPUSeconds(pid)
	}
	return sum
}
