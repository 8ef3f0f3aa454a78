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

// kills is the number of kills on each database.
const kills = 50

// The server is killed at random moments while clients request all kinds of jobs. Every
// accepted request takes effect, and each effect happens once.
func TestKill(t *testing.T) {
	t.Parallel()
	n := kills
	if testing.Short() {
		n = 5
	}
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("the seed is %d", seed)
		v := &killFixture{fixture: newFixture(t, location, 8, canvastest.WithJobDuration(300*time.Millisecond)), rng: rand.New(rand.NewPCG(seed, 0)), pool: dbtest.Open(t, location).SQL()}
		v.scores = map[int64][]float64{}
		for _, s := range v.students {
			v.submitNext(s)
		}
		p := v.serve(t)
		v.mustSend(t, p, 200, "PATCH", v.path(), multipartType, recipeForm(testRecipe))
		p.Kill()
		for range n {
			v.runAndKill(t)
		}
		v.drain(t)
		v.checkStore(t)
		t.Logf("killed %d times: %+v at the engine, %d requests at Canvas, %d of them with grades; accepted %v",
			n, v.broker.Counts(), len(v.canvas.Requests()), len(v.canvas.Requests("update_grades")), v.accepted)
	})
}

// A killFixture is a fixture whose server is killed.
type killFixture struct {
	*fixture
	rng    *rand.Rand
	pool   *sql.DB
	scores map[int64][]float64 // the submitted score of each attempt of a student

	mu        sync.Mutex
	accepted  map[string]int
	paused    []bool    // the values that the assignment may have
	evaluated time.Time // when the last accepted evaluation was requested
}

// submitNext submits the next attempt of a student, with a score that no other attempt has.
func (v *killFixture) submitNext(student int64) {
	all := v.scores[student]
	score := float64(len(all)) + float64(slices.Index(v.students, student))/10
	v.scores[student] = append(all, score)
	v.submit(student, score)
}

// serve starts a server whose jobs the next server resumes after a second.
func (v *killFixture) serve(t *testing.T) *subprocess {
	t.Helper()
	return v.fixture.serve(t, "--job-lease", "1s")
}

// runAndKill starts a server, sends it requests and kills it.
func (v *killFixture) runAndKill(t *testing.T) {
	t.Helper()
	if v.rng.IntN(4) == 0 {
		v.submitNext(v.students[v.rng.IntN(len(v.students))])
	}
	v.resetCooldown(t)
	p := v.serve(t)
	v.pause(t, p)
	var requests sync.WaitGroup
	for _, request := range []func(){
		func() { v.request(t, p, 204, "refresh", "POST", v.path()+"refresh/", "") },
		func() {
			v.request(t, p, 204, "upload", "POST", v.path()+"upload/", `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": true}`)
		},
		func() { v.evaluate(t, p) },
	} {
		if v.rng.IntN(2) == 0 {
			requests.Go(request)
		}
	}
	select { // the moment must be random, so no event can replace this wait
	case <-time.After(time.Duration(v.rng.IntN(1500)) * time.Millisecond):
	case <-p.Exited:
		t.Fatalf("the server exited by itself:\n%s", p.Log())
	}
	p.Kill()
	requests.Wait()
}

// resetCooldown allows the next refresh immediately instead of after fifteen minutes.
func (v *killFixture) resetCooldown(t *testing.T) {
	t.Helper()
	if _, err := v.pool.ExecContext(t.Context(), "UPDATE assignment SET refreshed_at = NULL"); err != nil {
		t.Fatal(err)
	}
}

// request sends a request and reports whether it was accepted with the given status.
func (v *killFixture) request(t *testing.T, p *subprocess, accepted int, change, method, path, body string) bool {
	status, answer := v.send(t, p, method, path, jsonType, body)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.accepted == nil {
		v.accepted = map[string]int{}
	}
	switch status {
	case accepted:
		v.accepted[change]++
	case 0, 429, 503: // the server was killed, or Canvas was unavailable at the last contact
	default:
		t.Errorf("%s %s = %d %s", method, path, status, answer)
	}
	return status == accepted
}

// pause pauses or resumes the assignment.
func (v *killFixture) pause(t *testing.T, p *subprocess) {
	paused := v.rng.IntN(2) == 0
	if v.request(t, p, 200, "pause", "PATCH", v.path(), fmt.Sprintf(`{"paused": %t}`, paused)) {
		v.paused = nil
	}
	v.paused = append(v.paused, paused)
}

// evaluate requests the evaluation of all results.
func (v *killFixture) evaluate(t *testing.T, p *subprocess) {
	start := time.Now()
	if v.request(t, p, 200, "evaluate", "PATCH", v.path(), `{"evaluate": "all"}`) {
		v.mu.Lock()
		v.evaluated = start
		v.mu.Unlock()
	}
}

// drain runs a server until all jobs are done.
func (v *killFixture) drain(t *testing.T) {
	t.Helper()
	v.resetCooldown(t)
	p := v.serve(t)
	idle := func() bool {
		var left int
		err := v.pool.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM river_job WHERE kind <> 'purge' AND kind <> 'sync' AND state IN ('available', 'retryable', 'scheduled', 'running'))
			+ (SELECT count(*) FROM upload WHERE state IN ('waiting', 'running'))`).Scan(&left)
		if err != nil {
			t.Error(err)
		}
		return left == 0
	}
	p.waitFor(t, "end of all jobs", idle)
	v.mustSend(t, p, 204, "POST", v.path()+"refresh/", formType, "")
	p.waitFor(t, "end of the last refresh", idle)
	v.mustSend(t, p, 200, "PATCH", v.path(), jsonType, `{"evaluate": "pp"}`)
	p.waitFor(t, "end of the paused results", idle)
	v.mustSend(t, p, 204, "POST", v.path()+"upload/", jsonType, `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": true}`)
	p.waitFor(t, "end of the last upload", idle)
	var assignment struct{ Paused bool }
	parse(t, v.mustSend(t, p, 200, "GET", v.path(), "", ""), &assignment)
	if !slices.Contains(v.paused, assignment.Paused) {
		t.Errorf("paused = %t, want one of %v", assignment.Paused, v.paused)
	}
	v.checkResults(t)
	p.shutdown(t)
	if log := p.Log(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has errors:\n%s", log)
	}
}

// checkResults compares the results with the submissions.
func (v *killFixture) checkResults(t *testing.T) {
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
		var processed dbTime
		if err := rows.Scan(&student, &attempt, &state, &accepted, &score, &latest, &processed); err != nil {
			t.Errorf("a result without an outcome: %v", err)
			continue
		}
		all := v.scores[student]
		if want := all[attempt-1]; state != "done" || score != want || accepted != (want >= 5) || latest != (attempt == len(all)) {
			t.Errorf("attempt %d of %d is %s with %v, accepted %t, latest %t; want %v", attempt, len(all), state, score, accepted, latest, want)
		}
		if latest && processed.Before(v.evaluated.Truncate(time.Microsecond)) {
			t.Errorf("a result was processed at %s, before the last evaluation at %s", processed, v.evaluated)
		}
	}
	if want := v.submissionCount(); n != want || rows.Err() != nil {
		t.Errorf("%d results, %v, want %d", n, rows.Err(), want)
	}
}

// A dbTime scans a time from either database.
type dbTime struct{ time.Time }

// Scan implements sql.Scanner.
func (d *dbTime) Scan(value any) (err error) {
	switch v := value.(type) {
	case time.Time:
		d.Time = v
	case string:
		d.Time, err = time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
	default:
		err = fmt.Errorf("%v is not a time", value)
	}
	return err
}

// submissionCount returns the number of attempts of all students.
func (v *killFixture) submissionCount() (n int) {
	for _, s := range v.scores {
		n += len(s)
	}
	return n
}

// checkStore checks the jobs and uploads in the database, the engine and the grades in Canvas.
func (v *killFixture) checkStore(t *testing.T) {
	t.Helper()
	for name, query := range map[string]string{
		"discarded jobs": "SELECT count(*) FROM river_job WHERE state IN ('cancelled', 'discarded')",
		"failed uploads": "SELECT count(*) FROM upload WHERE state <> 'done'",
		"pending scores": "SELECT count(*) FROM upload_outcome WHERE state = 'pending'",
		"scores that the last upload did not send": "SELECT count(*) FROM upload_outcome WHERE state = 'refused' AND upload_id = (SELECT max(id) FROM upload)",
		"incomplete results":                       "SELECT count(*) FROM result AS r WHERE (SELECT count(*) FROM bundle AS b WHERE b.course_id = r.course_id AND b.result_id = r.id) <> 3 OR (SELECT count(*) FROM step AS s WHERE s.course_id = r.course_id AND s.result_id = r.id) <> 2",
		"results with an engine job":               "SELECT count(*) FROM result WHERE engine_job IS NOT NULL",
	} {
		var n int
		if err := v.pool.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d %s, %v", n, name, err)
		}
	}
	if n := v.broker.Counts().DoubleStarts; n > 0 {
		t.Errorf("%d jobs were started twice at the engine", n)
	}
	for student, scores := range v.scores {
		g := v.canvas.Grade(student, v.assignment)
		if g.Score == nil || *g.Score != scores[len(scores)-1] || g.Changes > len(scores) || len(g.Comments) > 0 {
			t.Errorf("a student with the scores %v has %+v in Canvas", scores, g)
		}
	}
}
