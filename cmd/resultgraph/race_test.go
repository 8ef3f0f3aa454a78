package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// Two servers on one PostgreSQL are asked for the same things at once, and do each of them
// once.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	location := dbtest.Postgres(t)
	c := newCampus(t, location, 10)
	servers := []*process{c.serve(t), c.serve(t)}
	pool := dbtest.Open(t, location).SQL()
	// many asks both servers for the same, and counts the statuses.
	many := func(times int, method, path, body string) map[int]int {
		var mu sync.Mutex
		var all sync.WaitGroup
		count := map[int]int{}
		for i := range times {
			all.Go(func() {
				status, _ := c.send(t, servers[i%2], method, path, inJSON, body)
				mu.Lock()
				defer mu.Unlock()
				count[status]++
			})
		}
		all.Wait()
		return count
	}
	number := func(query string) (n int) {
		t.Helper()
		if err := pool.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	c.demand(t, servers[0], 200, "PATCH", c.path(), inParts, recipe(testRecipe))

	for round := range 3 { // cooldown, and one latest attempt of each student
		for i, s := range c.students {
			c.submit(s, float64(i+round)/2)
		}
		if _, err := pool.ExecContext(t.Context(), "UPDATE assignment SET refreshed_at = NULL"); err != nil {
			t.Fatal(err)
		}
		if got := many(100, "POST", c.path()+"refresh/", ""); got[204] != 1 || got[429] != 99 {
			t.Errorf("a hundred refreshes are answered %v, want one 204", got)
		}
		until(t, servers, fmt.Sprintf("%d results that are done", 10*(round+1)), func() bool {
			return number("SELECT count(*) FROM result WHERE state = 'done'") == 10*(round+1)
		})
		if got := number("SELECT count(*) FROM result WHERE is_latest"); got != 10 {
			t.Errorf("%d attempts are the latest of 10 students", got)
		}
	}
	if got := c.broker.Counts(); got.Created != 30 {
		t.Errorf("the engine was given %d jobs for 30 results", got.Created)
	}

	for range 20 { // PATCH of different fields
		var both sync.WaitGroup
		for i, body := range []string{`{"paused": true}`, `{"published": false}`} {
			both.Go(func() { c.send(t, servers[i], "PATCH", c.path(), inJSON, body) })
		}
		both.Wait()
		if got := number("SELECT count(*) FROM assignment WHERE paused AND NOT published"); got != 1 {
			t.Fatal("of two changes of different fields one is lost")
		}
		c.demand(t, servers[0], 200, "PATCH", c.path(), inJSON, `{"paused": false, "published": true}`)
	}

	release := c.canvas.Hold() // uploads: those that come while one waits or begins
	got := many(100, "POST", c.path()+"upload/", `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": false}`)
	release()
	if got[204] != 100 {
		t.Errorf("a hundred uploads are answered %v", got)
	}
	until(t, servers, "uploads that are done", func() bool {
		return number("SELECT count(*) FROM upload WHERE state IN ('waiting', 'running')") == 0
	})
	uploads, sent := number("SELECT count(*) FROM upload"), len(c.canvas.Requests("update_grades"))
	if uploads > 5 || sent != 1 {
		t.Errorf("a hundred requests made %d uploads, and grades were sent %d times", uploads, sent)
	}
	for i, s := range c.students {
		if g := c.canvas.Grade(s, c.assignment); g.Score == nil || *g.Score != float64(i+2)/2 || g.Times != 1 {
			t.Errorf("student %d has %+v in Canvas", i, g)
		}
	}
	for _, p := range servers {
		p.end(t)
	}
}
