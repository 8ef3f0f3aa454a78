package db_test

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// PurgeBundles purges the bundles of results that have the kind and are old enough, and keeps their
// rows.
func TestPurgeBundles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1))
		for _, step := range []struct {
			kind   db.BundleKind
			before time.Time
			want   int
		}{
			{db.BundleFull, dbtest.Noon, 0},
			{db.BundleFull, dbtest.Noon.Add(time.Microsecond), 2},
			{db.BundleFull, dbtest.Noon.Add(time.Hour), 0},
			{db.BundleBasic, dbtest.Noon.Add(time.Hour), 0},  // no result of the fixture has one
			{db.BundleRecipe, dbtest.Noon.Add(time.Hour), 0}, // belongs to no result
		} {
			got, err := s.PurgeBundles(t.Context(), step.kind, step.before)
			if err != nil || got != step.want {
				t.Errorf("PurgeBundles(%s, %s) = %d, %v, want %d", step.kind, step.before, got, err, step.want)
			}
		}
		rows, err := db.CourseResults.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows[0] {
			bundles, err := db.ResultBundles.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{r.CourseID, r.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range bundles[0] {
				if b.Purged() != (b.Kind == db.BundleFull) {
					t.Errorf("Purged of the %s bundle = %t", b.Kind, b.Purged())
				}
			}
		}
	})
}
