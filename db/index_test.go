package db_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// hotQueries returns the statements that must stay fast on a large store.
func hotQueries(s *db.Store, sc query.Scope, course, assignment, user, result int64) map[string]*bun.SelectQuery {
	page := &query.Page{First: new(20)}
	latest := (&db.ResultFilter{Latest: new(true)}).Clauses(sc)
	student := (&db.ResultFilter{Latest: new(true), UserCanvasID: new(int64(1))}).Clauses(sc)
	changed := (&db.ResultFilter{ChangedSince: new(int64(1))}).Clauses(sc)
	assignments, results := []query.Key{{course, assignment}}, []query.Key{{course, result}}
	return map[string]*bun.SelectQuery{
		"a page of an assignment's latest results": db.AssignmentResults.Select(s.DB(), sc, assignments, query.Params{Filter: latest, Page: page}),
		"all latest results of an assignment":      db.AssignmentResults.Select(s.DB(), sc, assignments, query.Params{Filter: latest}),
		"the newest results of an assignment":      db.AssignmentResults.Select(s.DB(), sc, assignments, query.Params{Order: query.Order{Column: "submitted_at", Desc: true}, Page: page}),
		"one student's latest result":              db.AssignmentResults.Select(s.DB(), sc, assignments, query.Params{Filter: student, Page: &query.Page{First: new(1)}}),
		"a student's results in a course":          db.UserResults.Select(s.DB(), sc, []query.Key{{course, user}}, query.Params{Filter: latest}),
		"all attempts of a student":                db.ResultAttempts.Select(s.DB(), sc, []query.Key{{course, assignment, user}}, query.Params{}),
		"changed results of a course":              db.CourseResults.Select(s.DB(), sc, []query.Key{{course}}, query.Params{Filter: changed, Order: query.Order{Column: "sequence_id"}, Page: page}),
		"the steps of results":                     db.ResultSteps.Select(s.DB(), sc, results, query.Params{Columns: []string{"label"}}),
		"the students of results":                  db.ResultUser.Select(s.DB(), sc, []query.Key{{course, user}}, query.Params{}),
		"the bundles of a result":                  db.ResultBundles.Select(s.DB(), sc, results, query.Params{}),
	}
}

// Every hot query uses indexes of the large tables. On PostgreSQL the test disables sequential
// scans where an index can be used, because sequential scans are faster on the few rows of this test.
func TestHotQueriesUseIndexes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1))
		for name, q := range hotQueries(s, fx.Reviewer(), fx.Course.MomotorID, fx.PublishedAssignment.MomotorID, fx.Anna.MomotorID, 1) {
			plan := explain(t, s, q)
			t.Logf("%s\n%s", name, plan)
			for line := range strings.Lines(plan) {
				for _, table := range []string{"result", "step", "bundle", "result_member"} {
					if strings.Contains(line, "Seq Scan on "+table+" ") || scansWholeTable(line, table) {
						t.Errorf("%s: scans the table %s:\n%s\n%s", name, table, q, plan)
					}
				}
			}
		}
	})
}

// scansWholeTable reports whether a line of a SQLite plan says that the whole table is read.
func scansWholeTable(line, table string) bool {
	aliases := map[string]string{"result": "res", "step": "stp", "bundle": "bdl", "result_member": "mem"}
	return strings.TrimSpace(strings.TrimPrefix(line, "SCAN ")) == aliases[table] ||
		strings.HasPrefix(line, fmt.Sprintf("SCAN %s USING", aliases[table]))
}

// explain returns the database's plan for a query, with one line for each node.
func explain(t *testing.T, s *db.Store, q *bun.SelectQuery) string {
	t.Helper()
	var lines []string
	err := s.DB().RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
		if !s.IsPostgres() {
			rs, err := tx.QueryContext(ctx, "EXPLAIN QUERY PLAN "+q.String())
			if err != nil {
				return err
			}
			defer rs.Close()
			for rs.Next() {
				var id, parent, unused int
				var detail string
				if err := rs.Scan(&id, &parent, &unused, &detail); err != nil {
					return err
				}
				lines = append(lines, detail)
			}
			return rs.Err()
		}
		if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		return tx.NewRaw("EXPLAIN "+q.String()).Scan(ctx, &lines)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
