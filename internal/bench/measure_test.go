package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A figure is what a server did with a work for some time.
type figure struct {
	requests   int
	seconds    float64
	latencies  []time.Duration
	server, db float64 // CPU seconds
	// allocations are those of the server.
	allocations float64
	bytes       int64
}

func (f *figure) add(g figure) {
	f.requests += g.requests
	f.seconds += g.seconds
	f.latencies = append(f.latencies, g.latencies...)
	f.server += g.server
	f.db += g.db
	f.allocations += g.allocations
	f.bytes = g.bytes
}

func (f figure) rate() float64 { return float64(f.requests) / f.seconds }

// quantile returns a latency in milliseconds.
func (f figure) quantile(q float64) float64 {
	slices.Sort(f.latencies)
	return float64(f.latencies[int(q*float64(len(f.latencies)-1))].Microseconds()) / 1000
}

func (f figure) perRequest(cpu float64) float64 { return 1000 * cpu / float64(f.requests) }

// A target is a server that is measured.
type target struct {
	name, base, metrics string
	pid                 int
	path                func(w work) work
}

// drive sends a work from so many clients for so long.
func drive(t target, w work, key string, clients int, long time.Duration) (figure, error) {
	w = t.path(w)
	transport := &http.Transport{MaxIdleConnsPerHost: clients, DialContext: (&net.Dialer{}).DialContext, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var mu sync.Mutex
	var all figure
	var failed error
	asking := -t.allocated() + t.allocated() // what asking itself takes
	allocated := t.allocated()
	server, db := cpu(t.pid), postgresCPU()
	start := time.Now()
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			var mine []time.Duration
			var size int64
			for time.Since(start) < long || len(mine) == 0 {
				began := time.Now()
				n, err := once(client, t, w, key, io.Discard)
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				size = n
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all.latencies = append(all.latencies, mine...)
			all.bytes = size
		})
	}
	group.Wait()
	all.requests, all.seconds = len(all.latencies), time.Since(start).Seconds()
	all.server, all.db = cpu(t.pid)-server, postgresCPU()-db
	all.allocations = max(t.allocated()-allocated-asking, 0)
	return all, failed
}

func once(client *http.Client, t target, w work, key string, to io.Writer) (int64, error) {
	req, err := w.request(t.base, key)
	if err != nil {
		return 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(to, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s answers %s", w.name, t.name, res.Status)
	}
	return n, err
}

// allocated returns how many objects a server has allocated so far.
func (t target) allocated() float64 {
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

// cpu returns the seconds that a process has computed (proc(5)).
func cpu(pid int) float64 {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

// postgresCPU returns that of all of PostgreSQL's processes.
func postgresCPU() (sum float64) {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		if text, _ := os.ReadFile(name); strings.TrimSpace(string(text)) == "postgres" {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			sum += cpu(pid)
		}
	}
	return sum
}

// peak returns the most memory that a process had, in MB.
func peak(pid int) int {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}
