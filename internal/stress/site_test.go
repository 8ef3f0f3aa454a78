package stress

import (
	"bytes"
	"database/sql"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/loadtest"
)

// A site is a database for the program. The scenarios of a database share its institution.
type site struct {
	t        *testing.T // of all scenarios of the database
	database string     // "PostgreSQL" or "SQLite"
	program  string

	filled sync.Once
	inst   *institution
}

func newSite(t *testing.T, database, program string) *site {
	return &site{t: t, database: database, program: program}
}

// newLocation returns the location of a new database that is not migrated.
func (s *site) newLocation(t *testing.T) string {
	t.Helper()
	if s.database == "SQLite" {
		return dbtest.SQLite(t)
	}
	return dbtest.Postgres(t)
}

// needPostgres skips a scenario that does not exist on SQLite.
func (s *site) needPostgres(t *testing.T) {
	t.Helper()
	if s.database != "PostgreSQL" {
		t.Skip("needs PostgreSQL")
	}
}

// run runs a command of the program, which must succeed, and returns its output.
func (s *site) run(t *testing.T, args ...string) string {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command(s.program, args...)
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out, log.Bytes())
	}
	return string(out)
}

// An institution is a migrated database with data, its folder of bundles, and API keys.
type institution struct {
	*site
	location, data string
	keys           []string // each opens the first course
}

// keyCount is the number of keys of an institution.
const keyCount = 12

// institution returns the institution of the site. The first call creates it.
func (s *site) institution() *institution {
	s.filled.Do(func() {
		location := s.newLocation(s.t)
		s.fill(s.t, location)
		s.inst = s.institutionAt(s.t, location)
	})
	return s.inst
}

// institutionAt returns an institution whose database is filled already.
func (s *site) institutionAt(t *testing.T, location string) *institution {
	t.Helper()
	in := &institution{site: s, location: location, data: t.TempDir()}
	for range keyCount {
		in.keys = append(in.keys, strings.TrimSpace(s.run(t, "apikey", "create", "--name", "stress", "--course", "2/1001", "--data", in.data, "--database", location)))
	}
	return in
}

// fill migrates a database and writes the data of an institution to it.
func (s *site) fill(t *testing.T, location string) {
	t.Helper()
	s.run(t, "migrate", "up", "--database", location)
	if path, ok := strings.CutPrefix(location, "sqlite:"); ok {
		source := dbtest.Postgres(t)
		(&site{t: t, database: "PostgreSQL", program: s.program}).fill(t, source)
		loadtest.Copy(t, source, path)
		return
	}
	data := loadtest.Tiny
	if *full {
		data = loadtest.Small
	}
	loadtest.Fill(t, location, data)
	pool, err := sql.Open("pgx", location)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, statement := range hostileRows {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%.80s: %v", statement, err)
		}
	}
}

// hostileRows add a student with 24 attempts, and steps with details of some hundred bytes.
var hostileRows = []string{
	`INSERT INTO result SELECT (jsonb_populate_record(res, jsonb_build_object('id', 900000000 + n, 'sequence_id', 900000000 + n, 'attempt', n, 'is_latest', false))).*
		FROM result AS res, generate_series(3, 24) AS n WHERE res.id = (SELECT min(id) FROM result WHERE course_id = 101 AND attempt = 1)`,
	`UPDATE result_count SET total = total + 22 WHERE (course_id, assignment_id) IN (SELECT course_id, assignment_id FROM result WHERE id = 900000003)`,
	`UPDATE step SET details = json_build_object('report', repeat('The output differs in line 12. ', 20))
		WHERE course_id = 101 AND result_id IN (SELECT id FROM result WHERE course_id = 101 ORDER BY id LIMIT 200)`,
	`ANALYZE`,
}

// serve starts a server without background jobs on the institution.
func (in *institution) serve(t *testing.T, settings ...string) *loadtest.Process {
	t.Helper()
	return loadtest.Start(t, nil, append([]string{in.program, "serve", "--listen", "127.0.0.1:0", "--jobs", "off", "--data", in.data, "--database", in.location}, settings...)...)
}

// client returns a client with the key of a number.
func (in *institution) client(p *loadtest.Process, key int) *client {
	return newClient(p.BaseURL, in.keys[key%keyCount])
}

// clients returns clients with different keys.
func (in *institution) clients(p *loadtest.Process, n int) (all []*client) {
	for i := range n {
		all = append(all, in.client(p, i))
	}
	return all
}

// course returns a query with a selection of the first course.
func course(selection string) string {
	return `{ account(momotorId: 2) { course(canvasId: 1001) { ` + selection + ` } } }`
}

// smallQuery reads one result with its steps, and largeQuery 5 MB or more, which the buffers of a
// connection do not hold.
var (
	smallQuery = course(`assignment(canvasId: 501) { results(first: 1) { nodes { label score steps { taskId score } } } }`)
	largeQuery = course(repeated(4, `assignments(first: 3) { nodes { name results(first: 500) { nodes { attempt label state score submittedAt summary steps { taskId accepted hasError label score maxScore outcome summary } } } } }`))
)

// nodeID returns the global id at the end of a query.
func nodeID(t *testing.T, c *client, query string) string {
	t.Helper()
	a := c.query(t.Context(), query)
	_, rest, ok := strings.Cut(string(a.body), `"id":"`)
	if !ok {
		t.Fatalf("%s: %v", query, a)
	}
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// repeated returns a selection n times with aliases.
func repeated(n int, selection string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: %s ", i, selection)
	}
	return b.String()
}

// backends returns the processes that serve the program's connections to PostgreSQL.
func (in *institution) backends(t *testing.T) (pids []int) {
	t.Helper()
	if in.database != "PostgreSQL" {
		return nil
	}
	pool, err := sql.Open("pgx", in.location)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	rows, err := pool.QueryContext(t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'resultgraph'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}
