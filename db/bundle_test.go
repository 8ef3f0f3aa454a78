package db_test

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// A purge takes the files of one kind that are old enough, and leaves what tells of them.
func TestPurgeBundles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		w.UpsertResults(t, s, dbtest.Result(w.Published, w.Anna, 1), dbtest.Result(w.Published, w.Bob, 1))
		for _, step := range []struct {
			kind   db.BundleKind
			before time.Time
			want   int
		}{
			{db.BundleFull, dbtest.Noon, 0},
			{db.BundleFull, dbtest.Noon.Add(time.Microsecond), 2},
			{db.BundleFull, dbtest.Noon.Add(time.Hour), 0},
			{db.BundleBasic, dbtest.Noon.Add(time.Hour), 0},
			{db.BundleRecipe, dbtest.Noon.Add(time.Hour), 0}, // of no result: kept for ever
		} {
			got, err := s.PurgeBundles(t.Context(), step.kind, step.before)
			if err != nil || got != step.want {
				t.Errorf("PurgeBundles(%s, %s) = %d, %v, want %d", step.kind, step.before, got, err, step.want)
			}
		}
		rows, err := db.CourseResults.Load(t.Context(), s.DB(), w.Reviewer(), []query.Key{{w.Course.MomotorID}}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows[0] {
			bundles, err := db.ResultBundles.Load(t.Context(), s.DB(), w.Reviewer(), []query.Key{{r.CourseID, r.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range bundles[0] {
				if b.Purged() != (b.Kind == db.BundleFull) {
					t.Errorf("the bundle %s is purged: %t", b.Kind, b.Purged())
				}
			}
		}
	})
}
