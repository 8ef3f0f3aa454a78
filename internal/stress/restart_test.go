package stress

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// Two instances behind a load balancer are restarted in turns, and no request fails.
func testRollingRestart(t *testing.T, s *site) {
	s.needPostgres(t)
	in := s.institution()
	for name, reuse := range map[string]bool{"kept connections": true, "new connections": false} {
		b := newBalancer(t, in)
		load := startLoad(t, 8, func(ctx context.Context, i int) answer { return b.query(ctx, in.keys[i], reuse) })
		for range 3 {
			for _, instance := range b.instances {
				instance.restart(t, in)
			}
		}
		answers := load.stop()
		logOutcomes(t, name, answers)
		atMost(t, "rolling restart, "+name+": failed", count(answers, failed), 0, "")
		b.close()
	}
}

// A balancer sends requests to the instances that are ready, in turns. It asks /readyz every half
// second.
type balancer struct {
	instances []*instance
	next      atomic.Int64
	stop      chan struct{}
	kept, new *http.Client
}

// An instance is a server behind a balancer, at an address that it keeps.
type instance struct {
	address string
	process *loadtest.Process
	ready   atomic.Bool
	polled  chan bool // receives each answer of /readyz
}

func newBalancer(t *testing.T, in *institution) *balancer {
	t.Helper()
	b := &balancer{
		stop: make(chan struct{}),
		kept: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
		new:  &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
	for range 2 {
		i := &instance{address: freeAddress(t), polled: make(chan bool)}
		i.process = in.serve(t, "--listen", i.address)
		b.instances = append(b.instances, i)
		go b.poll(i)
		i.await(true)
	}
	return b
}

func (b *balancer) close() {
	close(b.stop)
	for _, i := range b.instances {
		i.process.Kill()
	}
}

// poll asks an instance whether it is ready, until the balancer stops.
func (b *balancer) poll(i *instance) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		ready := false
		if res, err := client.Get("http://" + i.address + "/readyz"); err == nil {
			res.Body.Close()
			ready = res.StatusCode == http.StatusOK
		}
		i.ready.Store(ready)
		select {
		case i.polled <- ready:
		default:
		}
		select {
		case <-b.stop:
			return
		case <-tick.C:
		}
	}
}

// await waits until the balancer knows that the instance is ready, or that it is not.
func (i *instance) await(ready bool) {
	for <-i.polled != ready {
		continue
	}
}

// restart stops the instance, and starts it again.
func (i *instance) restart(t *testing.T, in *institution) {
	t.Helper()
	if err := i.process.Shutdown(); err != nil {
		t.Error(err)
	}
	i.process = in.serve(t, "--listen", i.address)
	i.await(true)
}

// query sends a query to an instance that is ready, on a connection that is reused or not.
func (b *balancer) query(ctx context.Context, key string, reuse bool) answer {
	connections := b.new
	if reuse {
		connections = b.kept
	}
	turn := b.next.Add(1)
	for n := range int64(len(b.instances)) {
		if i := b.instances[(turn+n)%int64(len(b.instances))]; i.ready.Load() {
			return (&client{"http://" + i.address, key, connections}).query(ctx, smallQuery)
		}
	}
	return answer{status: http.StatusBadGateway}
}

// freeAddress returns an address that is free to listen on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
