package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// openSingleConnection opens a PostgreSQL store with one connection in its pool.
func openSingleConnection(t *testing.T) *db.Store {
	t.Helper()
	s := dbtest.Open(t, dbtest.Postgres(t))
	s.SQL().SetMaxOpenConns(1)
	return s
}

// preparedStatements returns the number and the bytes of the statements that db/query has prepared on
// the only connection of a store.
func preparedStatements(t *testing.T, s *db.Store) (n, bytes int) {
	t.Helper()
	err := s.SQL().QueryRowContext(t.Context(),
		"SELECT count(*), coalesce(sum(length(statement)), 0) FROM pg_prepared_statements WHERE name LIKE 'resultgraph\\_%'").Scan(&n, &bytes)
	if err != nil {
		t.Fatal(err)
	}
	return n, bytes
}

// Operations that differ only in the length, the order and the repetitions of a list, or in the size
// of a page, share one prepared statement.
func TestListsShareStatement(t *testing.T) {
	s := openSingleConnection(t)
	one := newCourseFixture(t, s, 1001, 5, "one")
	server := newServers(t, s).fast
	operation := func(states []string, first int) string {
		return fmt.Sprintf(`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) {
			results(first: %d, pick: ALL, filter: {state: [%s]}) { nodes { momotorId } } } } } }`, first, strings.Join(states, " "))
	}
	all := []string{"DONE", "QUEUED", "PAUSED"}
	want, _ := execute(t, server, reviewerOf(one), operation(all, 50))
	if strings.Count(string(want), "momotorId") != 10 {
		t.Fatalf("response = %s, want ten results", want)
	}
	execute(t, server, reviewerOf(one), operation(all, 50))
	before, _ := preparedStatements(t, s)
	for n := 1; n <= 60; n++ {
		states := make([]string, n)
		for i := range states {
			states[i] = all[(n-i+len(all)*n)%len(all)]
		}
		got, path := execute(t, server, reviewerOf(one), operation(states, 50+n))
		if n >= len(all) && string(got) != string(want) || path != "fast" {
			t.Fatalf("%d states: %s on the path %s, want %s", n, got, path, want)
		}
	}
	if after, _ := preparedStatements(t, s); before != 1 || after != 1 {
		t.Errorf("%d prepared statements before and %d after 60 lists, want 1", before, after)
	}
}

// The prepared statements of a connection are bounded, and the statements of pgx on the same
// connection stay.
func TestPreparedStatementsAreBounded(t *testing.T) {
	s := openSingleConnection(t)
	one := newCourseFixture(t, s, 1001, 2, "one")
	server := newServers(t, s).fast
	foreign, err := s.SQL().PrepareContext(t.Context(), "SELECT count(*) FROM result WHERE id > $1")
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close()
	fields := strings.Fields("accepted attempt hasError isLate isLatest label previewUrl processedAt progress queuedAt score secret sequenceId startedAt state submittedAt summary")
	for shape := 1; shape <= 2000; shape++ {
		selected := "momotorId"
		for i, f := range fields {
			if shape>>i&1 == 1 {
				selected += " " + f
			}
		}
		op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) { results { nodes { ` + selected + ` } } } } } }`
		for range 2 { // a statement is prepared when it runs again
			if body, path := execute(t, server, reviewerOf(one), op); path != "fast" || strings.Contains(string(body), `"errors"`) {
				t.Fatalf("shape %d: %.200s on the path %s, want an answer of the fast path", shape, body, path)
			}
		}
		var results int
		if err := foreign.QueryRowContext(t.Context(), 0).Scan(&results); err != nil || results != 4 {
			t.Fatalf("shape %d: the statement of pgx returns %d, %v, want 4", shape, results, err)
		}
	}
	if n, bytes := preparedStatements(t, s); n < 2 || n > 65 || bytes > 140<<10 { // one can wait to be deallocated
		t.Errorf("%d prepared statements with %d bytes, want at most 65 and about 128 KiB", n, bytes)
	}
}
