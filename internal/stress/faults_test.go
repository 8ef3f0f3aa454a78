package stress

import (
	"context"
	"database/sql"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/loadtest"
)

// operationTimeout is the --operation-timeout of servers whose database fails.
const operationTimeout = 5 * time.Second

// A server whose PostgreSQL is stopped, drops its connections or freezes answers 200, or 503 with
// Retry-After, in time, and recovers by itself. Only a large answer that has begun can break off.
func testDatabaseFaults(t *testing.T, s *site) {
	s.needPostgres(t)
	server := dbtest.StartServer(t)
	s.fill(t, server.Location())
	in := s.institutionAt(t, server.Location())
	p := in.serve(t, "--operation-timeout", operationTimeout.String())
	for _, fault := range []struct {
		name          string
		begin, repeat func() error
		end           func() error
	}{
		{"stopped", func() error { server.Stop(); return nil }, nil, server.Start},
		{"connections terminated", nil, func() error { return terminateConnections(t.Context(), server.Location()) }, nil},
		{"frozen", func() error { return signalAll(server.PID(), syscall.SIGSTOP) }, nil, func() error { return signalAll(server.PID(), syscall.SIGCONT) }},
	} {
		clients := in.clients(p, 8)
		load := startLoad(t, len(clients), func(ctx context.Context, i int) answer { return clients[i].anyRequest(ctx, i) })
		pause(t, time.Second, nil)
		must(t, fault.begin)
		pause(t, 10*time.Second, fault.repeat)
		must(t, fault.end)
		recovery := secondsUntilAnswer(t, in.client(p, 9))
		answers := load.stop()
		what := "PostgreSQL " + fault.name + ": "
		logOutcomes(t, what, answers)
		atMost(t, what+"neither answered nor asked to try again", count(answers, func(a answer) bool { return !a.ok() && !a.refused() && !(a.large && a.status == http.StatusOK) }), 0, "")
		atMost(t, what+"longest", quantile(answers, 1), operationTimeout.Seconds()+2, "s")
		atMost(t, what+"until the first answer after it", recovery, 5, "s")
	}
}

// anyRequest sends a request of the kind of a number.
func (c *client) anyRequest(ctx context.Context, kind int) answer {
	switch kind % 4 {
	case 0:
		return c.query(ctx, smallQuery)
	case 1:
		a := c.query(ctx, largeQuery)
		a.large = true
		return a
	case 2:
		return c.get(ctx, "/lti/api/account/2/course/1001/assignment/501/result/")
	}
	return c.get(ctx, "/readyz")
}

// secondsUntilAnswer returns the seconds until a request succeeds.
func secondsUntilAnswer(t *testing.T, c *client) float64 {
	t.Helper()
	for start := time.Now(); ; pause(t, 50*time.Millisecond, nil) {
		if c.query(t.Context(), smallQuery).ok() || time.Since(start) > time.Minute {
			return time.Since(start).Seconds()
		}
	}
}

// pause lets time pass, and calls f five times a second meanwhile.
func pause(t *testing.T, duration time.Duration, f func() error) {
	t.Helper()
	end, tick := time.After(duration), time.NewTicker(200*time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-end:
			return
		case <-tick.C:
			must(t, f)
		}
	}
}

func must(t *testing.T, f func() error) {
	t.Helper()
	if f == nil {
		return
	}
	if err := f(); err != nil {
		t.Fatal(err)
	}
}

// terminateConnections ends all connections of the program to a database.
func terminateConnections(ctx context.Context, location string) error {
	pool, err := sql.Open("pgx", location)
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'resultgraph'")
	return err
}

// signalAll sends a signal to a process and its children.
func signalAll(pid int, signal syscall.Signal) error {
	for _, child := range append(loadtest.Children(pid), pid) {
		if err := syscall.Kill(child, signal); err != nil && err != syscall.ESRCH {
			return err
		}
	}
	return nil
}
