package graph_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// While PostgreSQL is frozen, every request ends at the timeout with UNAVAILABLE, authentication and
// readiness included, and all connections are given back. After that the server works again.
func TestFrozenDatabase(t *testing.T) {
	t.Parallel()
	server := dbtest.StartServer(t)
	s := dbtest.Open(t, server.Location())
	one := newCourseFixture(t, s, 1001, 3, "one")
	patient := startServer(t, s).withKey(t, s, one.course.MomotorID)
	conf := graph.Config{
		Store: s, Keys: &access.Authenticator{Keys: s, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Log: slog.New(slog.DiscardHandler), Limits: graph.Limits{Nodes: 1 << 40, Values: 1 << 40, Rows: 1 << 40, Timeout: 200 * time.Millisecond},
	}
	fast := graph.NewServer(conf)
	conf.DisableFastPath = true
	slow := graph.NewServer(conf)
	const read = `{ account(canvasGuid: "guidone") { name } }`
	change := fmt.Sprintf(`mutation { refreshAssignment(assignment: {path: {accountMomotorId: %d, courseCanvasId: 1001, canvasId: 1501}}) { assignment { name } } }`, one.account.MomotorID)
	for range 3 { // connections exist when the database freezes
		patient.query(t, read, nil, &struct{}{})
	}

	resume := freeze(t, server)
	for _, op := range []string{read, largeOperation, change} {
		for name, api := range map[string]*graph.Server{"fast": fast, "resolvers": slow} {
			w := httptest.NewRecorder()
			api.ServeCaller(w, request(t, access.WithPrincipal(t.Context(), reviewerOf(one)), op))
			checkUnavailable(t, name+" of "+op, w, op != change)
		}
	}
	w, r := httptest.NewRecorder(), request(t, t.Context(), read)
	r.Header.Set("Authorization", "Api-Key "+patient.key)
	fast.ServeHTTP(w, r)
	checkUnavailable(t, "authentication", w, true)
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping succeeds, want an error")
	}
	if s.Stats().InUse != 0 || s.DB().LargeReaders() != 0 || s.DB().Waiting() != 0 {
		t.Errorf("%d connections are in use after the operations, want none", s.Stats().InUse)
	}

	resume()
	waitFor(t, "the database", func() bool { return s.Ping(t.Context()) == nil })
	var got struct{ Account struct{ Name string } }
	if patient.query(t, read, nil, &got); got.Account.Name != "one" {
		t.Errorf("the name is %q after the database continues, want one", got.Account.Name)
	}
}

// checkUnavailable checks the answer to an operation that could not run. A mutation that has begun has
// the status 200.
func checkUnavailable(t *testing.T, what string, w *httptest.ResponseRecorder, hasStatus bool) {
	t.Helper()
	if !strings.Contains(w.Body.String(), `"code":"UNAVAILABLE"`) || hasStatus && (w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "") {
		t.Errorf("%s = %d %v %s, want 503 UNAVAILABLE with Retry-After", what, w.Code, w.Header(), w.Body)
	}
}

// freeze stops all processes of a server that clients talk to, until the returned function is called or
// the test ends.
func freeze(t *testing.T, server *dbtest.Server) (resume func()) {
	t.Helper()
	pool, err := sql.Open("pgx", server.Location())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	rows, err := pool.QueryContext(t.Context(), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	pids := []int{server.PID()}
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	signal := func(s syscall.Signal) {
		for _, pid := range pids {
			_ = syscall.Kill(pid, s) // the connection of this function may end
		}
	}
	signal(syscall.SIGSTOP)
	t.Cleanup(func() { signal(syscall.SIGCONT) })
	return func() { signal(syscall.SIGCONT) }
}
