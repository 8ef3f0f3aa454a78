package ingest_test

import (
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
)

// Many new rows at once, which PostgreSQL copies, are stored like single rows: compared with the same
// results they are unchanged.
func TestManyResults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		items := func() (items []*ingest.ResultItem) {
			for attempt := range 60 {
				item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1+attempt)
				item.Group = []int64{fx.Anna.MomotorID, fx.Bob.MomotorID}
				item.Result.Summary = new("tab\t, newline\n, backslash \\N and “quotes”")
				item.Steps[0].Details = []byte(`{"b": 1.0, "a" : [1e-07, null], "c": "\u00e9"}`)
				item.Steps[1].Score, item.Steps[1].Outcome = new(0.1), new(db.StepOutcome("pass"))
				items = append(items, item)
			}
			return items
		}
		for i, c := range fx.UpsertResults(t, s, items()...) {
			if c != ingest.Created {
				t.Fatalf("the change of attempt %d is %v, want %v", i+1, c, ingest.Created)
			}
		}
		for i, item := range items() {
			if c := fx.UpsertResults(t, s, item)[0]; c != ingest.Unchanged {
				t.Errorf("the same attempt %d again is %v, want %v", i+1, c, ingest.Unchanged)
			}
		}
	})
}

// A row that the database rejects fails the whole batch and leaves nothing.
func TestRejectedRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		var items []*ingest.ResultItem
		for attempt := range 60 {
			items = append(items, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1+attempt))
		}
		items[59].Steps[1].Position = items[59].Steps[0].Position // the same primary key
		if _, err := ingest.UpsertResults(t.Context(), s, items, dbtest.Noon); err == nil {
			t.Fatal("two steps with the same position are accepted")
		}
		rows, err := db.CourseResults.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, query.Params{})
		if err != nil || len(rows[0]) != 0 {
			t.Errorf("after the error the course has %d results, %v, want none", len(rows[0]), err)
		}
		if got := fx.UpsertResults(t, s, items[:59]...); len(got) != 59 {
			t.Errorf("without the rejected row %d results change, want 59", len(got))
		}
	})
}
