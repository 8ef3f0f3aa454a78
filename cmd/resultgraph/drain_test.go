package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
)

// While an instance drains it fails /readyz, and answers other requests on connections that it
// closes. A second signal ends the drain.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := startSubprocess(t, []string{"RESULTGRAPH_DRAIN=1h"}, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	client := &http.Client{Transport: &http.Transport{}} // with connections that it keeps
	check := func(path string, status int, closes bool) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.BaseURL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != status || res.Close != closes || (status == 503) != (res.Header.Get("Retry-After") != "") {
			t.Errorf("GET %s = %d, closed: %v, Retry-After %q, want %d, %v", path, res.StatusCode, res.Close, res.Header.Get("Retry-After"), status, closes)
		}
	}
	check("/readyz", 200, false)
	if err := syscall.Kill(p.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.waitFor(t, "drain", func() bool { return strings.Contains(p.Log(), "draining") })
	check("/healthz", 200, true)
	check("/readyz", 503, true)
	check("/graphql", 401, true)
	check("/lti/api/account/", 403, true)
	check("/nothing", 404, true)
	p.shutdown(t)
}

// A balancer distributes requests over the instances whose /readyz is 200, as of the last poll.
type balancer struct {
	mu      sync.Mutex
	targets []*url.URL // of all instances
	ready   []*url.URL
	next    atomic.Int64
}

func (b *balancer) replace(t *testing.T, i int, baseURL string) {
	t.Helper()
	target, err := url.Parse(baseURL)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.targets[i] = target
}

// poll updates the instances that are ready, until stop is closed.
func (b *balancer) poll(stop <-chan struct{}) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		b.mu.Lock()
		targets := append([]*url.URL(nil), b.targets...)
		b.mu.Unlock()
		var ready []*url.URL
		for _, target := range targets {
			if res, err := client.Get(target.String() + "/readyz"); err == nil {
				res.Body.Close()
				if res.StatusCode == http.StatusOK {
					ready = append(ready, target)
				}
			}
		}
		b.mu.Lock()
		b.ready = ready
		b.mu.Unlock()
		select {
		case <-tick.C:
		case <-stop:
			return
		}
	}
}

func (b *balancer) isReady(baseURL string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, target := range b.ready {
		if target.String() == baseURL {
			return true
		}
	}
	return false
}

func (b *balancer) rewrite(r *httputil.ProxyRequest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) > 0 {
		r.SetURL(b.ready[b.next.Add(1)%int64(len(b.ready))])
	}
}

// A rolling restart of two instances behind a load balancer fails no request, on connections that
// the balancer keeps and on new ones.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	c := newFixture(t, dbtest.Postgres(t), 1)
	serve := func() *subprocess { return c.serve(t, "--drain", "1s", "--jobs", "off") }
	instances := []*subprocess{serve(), serve()}
	b := &balancer{targets: make([]*url.URL, len(instances))}
	stop := make(chan struct{})
	var running sync.WaitGroup
	for i, p := range instances {
		b.replace(t, i, p.BaseURL)
	}
	running.Go(func() { b.poll(stop) })
	waitUntilReady := func(p *subprocess) {
		p.waitFor(t, "readiness", func() bool { return b.isReady(p.BaseURL) })
	}
	for _, p := range instances {
		waitUntilReady(p)
	}
	var succeeded, failed atomic.Int64
	for _, transport := range []*http.Transport{{}, {DisableKeepAlives: true}} {
		proxy := &httputil.ReverseProxy{Rewrite: b.rewrite, Transport: transport}
		front := httptest.NewServer(proxy)
		defer front.Close()
		for range 4 {
			running.Go(func() { c.sendUntil(t, stop, front.URL, &succeeded, &failed) })
		}
	}
	for i, p := range instances {
		p.shutdown(t)
		instances[i] = serve()
		b.replace(t, i, instances[i].BaseURL)
		waitUntilReady(instances[i])
	}
	close(stop)
	running.Wait()
	if failed.Load() > 0 || succeeded.Load() == 0 {
		t.Errorf("%d requests succeeded and %d failed", succeeded.Load(), failed.Load())
	}
}

// sendUntil sends queries until stop is closed. They are POST requests, which no proxy repeats.
func (c *fixture) sendUntil(t *testing.T, stop <-chan struct{}, base string, succeeded, failed *atomic.Int64) {
	body := fmt.Sprintf(`{"query":"{ account(momotorId: %d) { name } }"}`, account)
	for {
		select {
		case <-stop:
			return
		default:
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/graphql", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		req.Header.Set("Authorization", "Api-Key "+c.key)
		req.Header.Set("Content-Type", jsonType)
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			res.Body.Close()
		}
		if err == nil && res.StatusCode == http.StatusOK {
			succeeded.Add(1)
		} else {
			failed.Add(1)
		}
	}
}
