package ingest_test

import (
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
)

// An assignment without settings of Canvas keeps those that are stored, and changes nothing.
func TestAssignmentKeepsCanvasSettings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := dbtest.NewFixture(t, s)
		upsert := func(change func(*db.Assignment)) ingest.Change {
			t.Helper()
			a := &db.Assignment{CourseID: f.Course.MomotorID, CanvasID: 501, Name: "Assignment", Published: true}
			change(a)
			got, err := ingest.UpsertAssignment(t.Context(), s, a, dbtest.File("recipe.zip"), nil, dbtest.Noon)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		all := func(a *db.Assignment) {
			a.DueAt, a.UnlockAt, a.LockAt = new(dbtest.Noon), new(dbtest.Noon), new(dbtest.Noon)
			a.PointsPossible, a.GradingType, a.Position = new(10.0), new(db.GradingPoints), new(3)
		}
		none := func(*db.Assignment) {}
		points := func(a *db.Assignment) { a.PointsPossible = new(8.0) }
		for i, step := range []struct {
			change func(*db.Assignment)
			want   ingest.Change
		}{{none, ingest.Unchanged}, {all, ingest.Updated}, {all, ingest.Unchanged}, {none, ingest.Unchanged}, {points, ingest.Updated}} {
			if got := upsert(step.change); got != step.want {
				t.Errorf("step %d: %v, want %v", i, got, step.want)
			}
		}
		rows, err := db.CourseAssignments.Load(t.Context(), s.DB(), f.Reviewer(), []query.Key{{f.Course.MomotorID}}, query.Params{Filter: db.AssignmentWithCanvasID(501)})
		if err != nil {
			t.Fatal(err)
		}
		a := rows[0][0]
		if *a.PointsPossible != 8 || *a.GradingType != db.GradingPoints || *a.Position != 3 || !a.DueAt.Equal(dbtest.Noon) || !a.UnlockAt.Equal(dbtest.Noon) || !a.LockAt.Equal(dbtest.Noon) {
			t.Errorf("the stored settings are %+v", a)
		}
	})
}
