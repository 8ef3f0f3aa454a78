package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// kills is how often the server is killed on each database.
const kills = 50

// The server is killed at random points while it is asked for everything that it does in
// the background. Nothing that it said yes to is lost, and every effect is there once.
func TestKill(t *testing.T) {
	t.Parallel()
	n := kills
	if testing.Short() {
		n = 5
	}
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("the seed is %d", seed)
		v := &victim{campus: newCampus(t, location, 8, canvastest.JobsTake(300*time.Millisecond)), random: rand.New(rand.NewPCG(seed, 0)), pool: dbtest.Open(t, location).SQL()}
		v.scores = map[int64][]float64{}
		for _, s := range v.students {
			v.handIn(s)
		}
		p := v.serve(t)
		v.demand(t, p, 200, "PATCH", v.path(), inParts, recipe(testRecipe))
		p.kill()
		for range n {
			v.life(t)
		}
		v.settle(t)
		v.check(t)
		t.Logf("killed %d times: %+v at the engine, %d requests at Canvas, %d of them with grades; said yes to %v",
			n, v.broker.Counts(), len(v.canvas.Requests()), len(v.canvas.Requests("update_grades")), v.yes)
	})
}

// A victim is a campus whose server is killed.
type victim struct {
	*campus
	random *rand.Rand
	pool   *sql.DB
	scores map[int64][]float64 // what each student handed in, by attempt

	mu        sync.Mutex
	yes       map[string]int
	paused    []bool    // what may be true of the assignment
	evaluated time.Time // when the last evaluation was asked for that was said yes to
}

// handIn lets a student hand in something with a score of its own.
func (v *victim) handIn(student int64) {
	all := v.scores[student]
	score := float64(len(all)) + float64(slices.Index(v.students, student))/10
	v.scores[student] = append(all, score)
	v.submit(student, score)
}

// serve starts a server whose work others soon take up.
func (v *victim) serve(t *testing.T) *process {
	t.Helper()
	return v.campus.serve(t, "--work-lease", "1s")
}

// life is one life of the server.
func (v *victim) life(t *testing.T) {
	t.Helper()
	if v.random.IntN(4) == 0 {
		v.handIn(v.students[v.random.IntN(len(v.students))])
	}
	v.forget(t)
	p := v.serve(t)
	v.pause(t, p)
	var asked sync.WaitGroup
	for _, do := range []func(){
		func() { v.ask(t, p, 204, "refresh", "POST", v.path()+"refresh/", "") },
		func() {
			v.ask(t, p, 204, "upload", "POST", v.path()+"upload/", `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": true}`)
		},
		func() { v.evaluate(t, p) },
	} {
		if v.random.IntN(2) == 0 {
			asked.Go(do)
		}
	}
	select { // the point of this test: no event tells when
	case <-time.After(time.Duration(v.random.IntN(1500)) * time.Millisecond):
	case <-p.over:
		t.Fatalf("the server ended by itself:\n%s", p.logged())
	}
	p.kill()
	asked.Wait()
}

// forget lets the next refresh be at once, which else is once in fifteen minutes.
func (v *victim) forget(t *testing.T) {
	t.Helper()
	if _, err := v.pool.ExecContext(t.Context(), "UPDATE assignment SET refreshed_at = NULL"); err != nil {
		t.Fatal(err)
	}
}

func (v *victim) ask(t *testing.T, p *process, yes int, what, method, path, body string) bool {
	status, answer := v.send(t, p, method, path, inJSON, body)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.yes == nil {
		v.yes = map[string]int{}
	}
	switch status {
	case yes:
		v.yes[what]++
	case 0, 429, 503: // killed meanwhile; or Canvas was not to be reached last time
	default:
		t.Errorf("%s %s = %d %s", method, path, status, answer)
	}
	return status == yes
}

func (v *victim) pause(t *testing.T, p *process) {
	to := v.random.IntN(2) == 0
	if v.ask(t, p, 200, "pause", "PATCH", v.path(), fmt.Sprintf(`{"paused": %t}`, to)) {
		v.paused = nil
	}
	v.paused = append(v.paused, to)
}

func (v *victim) evaluate(t *testing.T, p *process) {
	at := time.Now()
	if v.ask(t, p, 200, "evaluate", "PATCH", v.path(), `{"evaluate": "all"}`) {
		v.mu.Lock()
		v.evaluated = at
		v.mu.Unlock()
	}
}

// settle lets a server live until there is nothing more to do.
func (v *victim) settle(t *testing.T) {
	t.Helper()
	v.forget(t)
	p := v.serve(t)
	quiet := func() bool {
		var left int
		err := v.pool.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM river_job WHERE kind <> 'purge' AND kind <> 'sync' AND state IN ('available', 'retryable', 'scheduled', 'running'))
			+ (SELECT count(*) FROM upload WHERE state IN ('waiting', 'running'))`).Scan(&left)
		if err != nil {
			t.Error(err)
		}
		return left == 0
	}
	p.until(t, "end of all work", quiet)
	v.demand(t, p, 204, "POST", v.path()+"refresh/", inForm, "")
	p.until(t, "end of the last refresh", quiet)
	v.demand(t, p, 200, "PATCH", v.path(), inJSON, `{"evaluate": "pp"}`)
	p.until(t, "end of what was paused", quiet)
	v.demand(t, p, 204, "POST", v.path()+"upload/", inJSON, `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": true}`)
	p.until(t, "end of the last upload", quiet)
	var assignment struct{ Paused bool }
	parse(t, v.demand(t, p, 200, "GET", v.path(), "", ""), &assignment)
	if !slices.Contains(v.paused, assignment.Paused) {
		t.Errorf("paused is %t, and was said to be one of %v", assignment.Paused, v.paused)
	}
	v.compare(t)
	p.end(t)
	if log := p.logged(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has errors:\n%s", log)
	}
}

// compare holds the results against what was handed in.
func (v *victim) compare(t *testing.T) {
	t.Helper()
	rows, err := v.pool.QueryContext(t.Context(), `SELECT u.canvas_id, r.attempt, r.state, r.accepted, r.score, r.is_latest, r.processed_at
		FROM result AS r JOIN "user" AS u ON u.id = r.user_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var student int64
		var attempt int
		var state string
		var accepted, latest bool
		var score float64
		var processed moments
		if err := rows.Scan(&student, &attempt, &state, &accepted, &score, &latest, &processed); err != nil {
			t.Errorf("a result without an outcome: %v", err)
			continue
		}
		all := v.scores[student]
		if want := all[attempt-1]; state != "done" || score != want || accepted != (want >= 5) || latest != (attempt == len(all)) {
			t.Errorf("attempt %d of %d is %s with %v, accepted %t, latest %t; want %v", attempt, len(all), state, score, accepted, latest, want)
		}
		if latest && processed.Before(v.evaluated.Truncate(time.Microsecond)) {
			t.Errorf("a result was processed at %s, and everything was to be processed again at %s", processed, v.evaluated)
		}
	}
	if handedIn := v.handedIn(); n != handedIn || rows.Err() != nil {
		t.Errorf("there are %d results, and %d were handed in: %v", n, handedIn, rows.Err())
	}
}

// moments reads a time of either database.
type moments struct{ time.Time }

// Scan implements sql.Scanner.
func (m *moments) Scan(from any) (err error) {
	switch v := from.(type) {
	case time.Time:
		m.Time = v
	case string:
		m.Time, err = time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
	default:
		err = fmt.Errorf("%v is no time", from)
	}
	return err
}

func (v *victim) handedIn() (n int) {
	for _, s := range v.scores {
		n += len(s)
	}
	return n
}

// check looks at what nobody sees from outside, and at Canvas.
func (v *victim) check(t *testing.T) {
	t.Helper()
	for what, query := range map[string]string{
		"work that was given up":              "SELECT count(*) FROM river_job WHERE state IN ('cancelled', 'discarded')",
		"uploads that failed":                 "SELECT count(*) FROM upload WHERE state <> 'done'",
		"scores that are on their way":        "SELECT count(*) FROM upload_outcome WHERE state = 'pending'",
		"scores that were not sent at last":   "SELECT count(*) FROM upload_outcome WHERE state = 'refused' AND upload_id = (SELECT max(id) FROM upload)",
		"results without all their parts":     "SELECT count(*) FROM result AS r WHERE (SELECT count(*) FROM bundle AS b WHERE b.course_id = r.course_id AND b.result_id = r.id) <> 3 OR (SELECT count(*) FROM step AS s WHERE s.course_id = r.course_id AND s.result_id = r.id) <> 2",
		"results that are still the engine's": "SELECT count(*) FROM result WHERE engine_job IS NOT NULL",
	} {
		var n int
		if err := v.pool.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d %s, %v", n, what, err)
		}
	}
	if n := v.broker.Counts().DoubleStarts; n > 0 {
		t.Errorf("%d jobs were started twice at the engine", n)
	}
	for student, scores := range v.scores {
		g := v.canvas.Grade(student, v.assignment)
		if g.Score == nil || *g.Score != scores[len(scores)-1] || g.Times > len(scores) || len(g.Comments) > 0 {
			t.Errorf("a student who handed in %v has %+v in Canvas", scores, g)
		}
	}
}
