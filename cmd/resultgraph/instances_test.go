package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// Two instances on one PostgreSQL receive the same requests at the same time, and run each job
// once.
func TestTwoInstances(t *testing.T) {
	t.Parallel()
	location := dbtest.Postgres(t)
	c := newFixture(t, location, 10)
	servers := []*subprocess{c.serve(t), c.serve(t)}
	pool := dbtest.Open(t, location).SQL()
	// sendMany sends the same request to both servers and counts the statuses.
	sendMany := func(times int, method, path, body string) map[int]int {
		var mu sync.Mutex
		var all sync.WaitGroup
		statuses := map[int]int{}
		for i := range times {
			all.Go(func() {
				status, _ := c.send(t, servers[i%2], method, path, jsonType, body)
				mu.Lock()
				defer mu.Unlock()
				statuses[status]++
			})
		}
		all.Wait()
		return statuses
	}
	count := func(query string) (n int) {
		t.Helper()
		if err := pool.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	c.mustSend(t, servers[0], 200, "PATCH", c.path(), multipartType, recipeForm(testRecipe))

	for round := range 3 { // the cooldown of refreshes, and one latest attempt per student
		for i, s := range c.students {
			c.submit(s, float64(i+round)/2)
		}
		if _, err := pool.ExecContext(t.Context(), "UPDATE assignment SET refreshed_at = NULL"); err != nil {
			t.Fatal(err)
		}
		if got := sendMany(100, "POST", c.path()+"refresh/", ""); got[204] != 1 || got[429] != 99 {
			t.Errorf("a hundred refreshes have the statuses %v, want one 204", got)
		}
		waitFor(t, servers, fmt.Sprintf("%d results that are done", 10*(round+1)), func() bool {
			return count("SELECT count(*) FROM result WHERE state = 'done'") == 10*(round+1)
		})
		if got := count("SELECT count(*) FROM result WHERE is_latest"); got != 10 {
			t.Errorf("%d latest attempts of 10 students", got)
		}
	}
	if got := c.broker.Counts(); got.Created != 30 {
		t.Errorf("the engine received %d jobs for 30 results", got.Created)
	}

	for range 20 { // PATCH of different fields
		var both sync.WaitGroup
		for i, body := range []string{`{"paused": true}`, `{"published": false}`} {
			both.Go(func() { c.send(t, servers[i], "PATCH", c.path(), jsonType, body) })
		}
		both.Wait()
		if got := count("SELECT count(*) FROM assignment WHERE paused AND NOT published"); got != 1 {
			t.Fatal("one of two concurrent changes of different fields is lost")
		}
		c.mustSend(t, servers[0], 200, "PATCH", c.path(), jsonType, `{"paused": false, "published": true}`)
	}

	release := c.canvas.BlockRequests() // uploads that arrive while one is queued or starts
	got := sendMany(100, "POST", c.path()+"upload/", `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": false}`)
	release()
	if got[204] != 100 {
		t.Errorf("a hundred uploads have the statuses %v", got)
	}
	waitFor(t, servers, "uploads that are done", func() bool {
		return count("SELECT count(*) FROM upload WHERE state IN ('waiting', 'running')") == 0
	})
	uploads, sent := count("SELECT count(*) FROM upload"), len(c.canvas.Requests("update_grades"))
	if uploads > 5 || sent != 1 {
		t.Errorf("a hundred requests created %d uploads and sent grades %d times", uploads, sent)
	}
	for i, s := range c.students {
		if g := c.canvas.Grade(s, c.assignment); g.Score == nil || *g.Score != float64(i+2)/2 || g.Changes != 1 {
			t.Errorf("student %d has %+v in Canvas", i, g)
		}
	}
	for _, p := range servers {
		p.shutdown(t)
	}
}
