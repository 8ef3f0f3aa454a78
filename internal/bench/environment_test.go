package bench

import (
	"crypto/rand"
	"database/sql"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/loadtest"
)

// An environment is a database with data and the servers on it.
type environment struct {
	targets    []target
	program    string // the path of the program, once it is built
	location   string
	key        string
	student    string // the Canvas id of a student with results
	postmaster int    // the id of the main process of PostgreSQL, or 0 if it is on another machine
}

// A target is a server that is measured.
type target struct {
	name, host, metrics string
	pid                 int
	// translate returns the request of a workload to this server. It returns false if the server does not
	// support the workload.
	translate func(w workload) (workload, bool)
}

// setUp creates a database of a size.
func setUp(tb testing.TB, data loadtest.Size) *environment {
	tb.Helper()
	location := dbtest.MigratedPostgres(tb)
	store := dbtest.Open(tb, location)
	loadtest.Fill(tb, location, data)
	e := &environment{location: location, key: makeKey(tb, store), student: studentCanvasID(tb, location)}
	e.prepareDatabase(tb)
	return e
}

// measuredData returns the size of the data of a benchmark.
func measuredData() loadtest.Size {
	if !*useSmallData {
		return loadtest.Large
	}
	data := loadtest.Small
	data.LectureStudents = loadtest.Large.LectureStudents
	return data
}

// startServers starts the program and the yardsticks.
func (e *environment) startServers(tb testing.TB, settings ...string) {
	tb.Helper()
	e.startProgram(tb, settings...)
	e.startYardsticks(tb)
}

func (e *environment) startYardsticks(tb testing.TB) {
	tb.Helper()
	hand := e.start(tb, "handwritten", onHandwritten, []string{handwrittenVariable + "=" + e.location}, os.Args[0])
	e.start(tb, "limit", onHandwritten, []string{limitVariable + "=" + hand.BaseURL}, os.Args[0])
}

// startSelected starts the servers of -servers.
func (e *environment) startSelected(tb testing.TB) {
	tb.Helper()
	e.startServers(tb)
	if isSelected("resolvers") {
		e.startResolvers(tb)
	}
	e.targets = slices.DeleteFunc(e.targets, func(t target) bool { return !isSelected(t.name) })
}

// isSelected reports whether -servers names a server.
func isSelected(name string) bool { return slices.Contains(strings.Split(*serverFilter, ","), name) }

func onHandwritten(w workload) (workload, bool) { return w.onHandwritten(), true }

// startProgram starts the program twice: without the cache of answers, and with it.
func (e *environment) startProgram(tb testing.TB, settings ...string) {
	tb.Helper()
	e.start(tb, "program", only(fresh, poll), nil, e.command(tb, settings...)...)
	e.start(tb, "program", only(cached), nil, e.command(tb, append(settings, "--answer-cache", cacheBytes)...)...)
}

// startResolvers starts the program without the fast path.
func (e *environment) startResolvers(tb testing.TB, settings ...string) {
	tb.Helper()
	e.start(tb, "resolvers", only(fresh), nil, e.command(tb, append(settings, "--fast-path", "off")...)...)
}

// only supports the workloads of some kinds of repetition.
func only(repeats ...repeat) func(w workload) (workload, bool) {
	return func(w workload) (workload, bool) { return w, slices.Contains(repeats, w.repeat) }
}

// cacheBytes is the size of the cache of answers, if it is on. It is the default.
const cacheBytes = "67108864"

// command returns the command that serves the program. The limits are the defaults but for those of a
// key, because all clients use the same, and of the time, which other load may prolong.
func (e *environment) command(tb testing.TB, settings ...string) []string {
	tb.Helper()
	command := []string{
		e.build(tb), "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data", tb.TempDir(), "--database", e.location,
		"--jobs", "off", "--max-operations-per-key", "1000", "--operation-timeout", "5m",
		"--answer-cache", "0",
	}
	return append(command, settings...)
}

// start starts a server and stops it at the end of the test.
func (e *environment) start(tb testing.TB, name string, translate func(w workload) (workload, bool), variables []string, command ...string) *loadtest.Process {
	tb.Helper()
	p := loadtest.Start(tb, variables, command...)
	e.targets = append(e.targets, target{name, strings.TrimPrefix(p.BaseURL, "http://"), p.MetricsURL, p.PID(), translate})
	return p
}

// build builds the program once.
func (e *environment) build(tb testing.TB) string {
	tb.Helper()
	if e.program == "" {
		e.program = loadtest.Build(tb)
	}
	return e.program
}

func makeKey(tb testing.TB, store *db.Store) string {
	tb.Helper()
	courses, err := store.ListCourseIDs(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	item := &db.APIKeyItem{Courses: courses, Key: db.APIKey{Prefix: key.Prefix(), HashedKey: key.Hash(), Name: "bench", CreatedAt: time.Now()}}
	if err := store.CreateAPIKey(tb.Context(), item); err != nil {
		tb.Fatal(err)
	}
	return key.Reveal()
}

// prepareDatabase completes the statistics of the planner, and finds the process of the server.
func (e *environment) prepareDatabase(tb testing.TB) {
	tb.Helper()
	pool, err := sql.Open("pgx", e.location)
	if err != nil {
		tb.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(tb.Context(), "ANALYZE api_key, api_key_course"); err != nil {
		tb.Fatal(err)
	}
	var backend int
	if err := pool.QueryRowContext(tb.Context(), "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		tb.Fatal(err)
	}
	e.postmaster = loadtest.Parent(backend)
}

// studentCanvasID returns the Canvas id of a student with results.
func studentCanvasID(tb testing.TB, location string) (id string) {
	tb.Helper()
	pool, err := sql.Open("pgx", location)
	if err != nil {
		tb.Fatal(err)
	}
	defer pool.Close()
	err = pool.QueryRowContext(tb.Context(), `SELECT usr.canvas_id FROM enrollment AS enr JOIN "user" AS usr ON usr.id = enr.user_id
		WHERE enr.course_id = 101 ORDER BY usr.id LIMIT 1`).Scan(&id)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}
