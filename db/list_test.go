package db_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// readCells reads all rows of a plan in a snapshot. It returns the rows, with a space after each cell,
// and the number of statements.
func readCells(t *testing.T, sn *query.Snapshot, p query.Plan, sc query.Scope, keys []query.Key) (rows []string, statements int) {
	t.Helper()
	before := sn.Statements
	found, err := sn.Read(t.Context(), p, sc, keys, true)
	if err != nil {
		t.Fatal(err)
	}
	for cells := found.Next(); cells != nil; cells = found.Next() {
		rows = append(rows, string(bytes.Join(cells, []byte(" "))))
	}
	if err := found.Close(); err != nil {
		t.Fatal(err)
	}
	return rows, sn.Statements - before
}

// A plan that can read many rows reads the lists of people of a course with one statement for each list,
// and a snapshot reads them once. The lists equal those that the statement of few rows computes.
func TestLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newColumnFixture(t, s)
		dbtest.Exec(t, s, "INSERT INTO enrollment (course_id, user_id, role, section_id) SELECT DISTINCT course_id, user_id, 'ta', section_id FROM enrollment WHERE role = 'student' ON CONFLICT DO NOTHING")
		plan := func(page *query.Page) query.Plan {
			return query.Plan{Joins: []query.Join{{Edge: &db.EnrolledUsers, Many: true, Params: query.Params{
				Page: page, Columns: []string{"id", "section_canvas_ids", "roles"},
			}}}}
		}
		sc := callerScopes(f.Anna.MomotorID, f.Course.MomotorID, f.OtherCourse.MomotorID)["reviewer"]
		err := s.DB().InSnapshot(t.Context(), false, func(sn *query.Snapshot) error {
			return sn.ReadPlans(t.Context(), func() error {
				want, computed := readCells(t, sn, plan(&query.Page{First: new(50)}), sc, f.courses())
				got, read := readCells(t, sn, plan(nil), sc, f.courses())
				again, known := readCells(t, sn, plan(nil), sc, f.courses())
				if len(want) < 3 || !slices.Equal(got, want) || !slices.Equal(again, want) {
					t.Errorf("lists that are read once are\n%q and then\n%q, want\n%q", got, again, want)
				}
				if computed != 1 || read != 3 || known != 1 {
					t.Errorf("%d statements for few rows, %d for many and %d for the same people again, want 1, 3 and 1", computed, read, known)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
