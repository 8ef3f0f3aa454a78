package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// A request whose connection to PostgreSQL is terminated responds with 503 and Retry-After, or is cut
// off if its response has begun. It never responds with another error, and later requests succeed.
func TestTerminatedConnections(t *testing.T) {
	t.Parallel()
	location := dbtest.Postgres(t)
	if _, err := call(t, "migrate", "up", "--database", location, "--data", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	p := start(t, "serve", "--demo", "--jobs", "off", "--listen", "127.0.0.1:0", "--database", location, "--data", t.TempDir())
	base, key := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`), p.await(t, `API key +(\S+)\n`)
	const assignment = "/lti/api/account/1/course/1001/assignment/501/"
	const query = `{"query":"{ account(momotorId: 1) { course(canvasId: 1001) { assignment(canvasId: 501) { results(first: 100) { nodes { id steps { taskId details } } } } } } }"}`
	requests := []demoRequest{
		{method: "POST", path: "/graphql", body: query}, {method: "POST", path: "/graphql", body: strings.Replace(query, "results(", "results(pick: ALL, ", 1)},
		{method: "GET", path: assignment + "result/"}, {method: "GET", path: assignment + "result/csv/"},
		{method: "PATCH", path: assignment, body: `{"paused": false}`}, {method: "GET", path: "/readyz"},
	}
	send := func(c demoRequest) int {
		status, err := c.try(t, base, key)
		if err != nil {
			t.Errorf("%s %s: %v", c.method, c.path, err)
		}
		return status
	}
	pool := dbtest.Open(t, location).SQL()
	pool.SetMaxOpenConns(1)
	var running sync.WaitGroup
	var stop atomic.Bool
	var unavailable atomic.Int64
	responses := make(chan int)
	for _, c := range requests {
		running.Go(func() {
			for !stop.Load() {
				responses <- send(c)
			}
		})
	}
	go func() { running.Wait(); close(responses) }()
	for i := 0; i < 40 && unavailable.Load() < 20; i++ {
		if _, err := pool.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		for range 2 * len(requests) {
			if <-responses == http.StatusServiceUnavailable {
				unavailable.Add(1)
			}
		}
	}
	stop.Store(true)
	for range responses {
	}
	if unavailable.Load() == 0 {
		t.Error("no request noticed that its connection was terminated")
	}
	for _, c := range requests {
		attempts := 0
		for send(c) != http.StatusOK {
			if attempts++; attempts > 100 { // more than the connections of the pool
				t.Fatalf("%s %s does not succeed again", c.method, c.path)
			}
		}
	}
	p.shutdown(t)
}

// try sends a request. It returns an error unless the response is complete, says when to try again, or
// is cut off after its start.
func (c demoRequest) try(t *testing.T, base, key string) (int, error) {
	req, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, strings.NewReader(c.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Api-Key "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	text := string(body[:min(len(body), 300)])
	switch {
	case res.StatusCode == http.StatusServiceUnavailable && err == nil && res.Header.Get("Retry-After") != "":
		return res.StatusCode, nil
	case res.StatusCode == http.StatusOK && err != nil: // cut off
		return 0, nil
	case res.StatusCode == http.StatusOK && !strings.Contains(text, `"errors"`):
		return res.StatusCode, nil
	}
	return 0, fmt.Errorf("%d, Retry-After %q, %s", res.StatusCode, res.Header.Get("Retry-After"), text)
}
