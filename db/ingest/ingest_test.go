package ingest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
)

// loadSequenceIDs returns the sequence ids of the results in Course by attempt, and the latest
// attempts.
func loadSequenceIDs(t *testing.T, s *db.Store, fx *dbtest.Fixture) (sequenceIDs map[int]int64, latest []int) {
	t.Helper()
	rows, err := db.CourseResults.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	sequenceIDs = map[int]int64{}
	for _, r := range rows[0] {
		sequenceIDs[r.Attempt] = r.SequenceID
		if r.IsLatest {
			latest = append(latest, r.Attempt)
		}
	}
	return sequenceIDs, latest
}

// Only new and changed results get a new sequence id, and the highest attempt becomes the latest.
func TestUpsertResults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		item := func(attempt int) *ingest.ResultItem { return dbtest.Result(fx.PublishedAssignment, fx.Anna, attempt) }
		steps := []struct {
			name            string
			items           []*ingest.ResultItem
			wantChanges     []ingest.Change
			latest          int
			changedAttempts []int // the attempts whose sequence ids change
		}{
			{"a new result", []*ingest.ResultItem{item(1)}, []ingest.Change{ingest.Created}, 1, []int{1}},
			{"an unchanged result", []*ingest.ResultItem{item(1)}, []ingest.Change{ingest.Unchanged}, 1, nil},
			{"a higher attempt", []*ingest.ResultItem{item(3)}, []ingest.Change{ingest.Created}, 3, []int{1, 3}},
			{"an attempt below the latest attempt", []*ingest.ResultItem{item(2)}, []ingest.Change{ingest.Created}, 3, []int{2}},
			{"two unchanged results", []*ingest.ResultItem{item(2), item(3)}, []ingest.Change{ingest.Unchanged, ingest.Unchanged}, 3, nil},
			{"a changed column", []*ingest.ResultItem{dbtest.Modify(item(2), func(r *ingest.ResultItem) { r.Result.Score = nil })}, []ingest.Change{ingest.Updated}, 3, []int{2}},
			{"a time that differs by a microsecond", []*ingest.ResultItem{dbtest.Modify(item(3), func(r *ingest.ResultItem) { r.Result.SubmittedAt = r.Result.SubmittedAt.Add(time.Microsecond) })}, []ingest.Change{ingest.Updated}, 3, []int{3}},
			{"changed details of a step", []*ingest.ResultItem{dbtest.Modify(item(1), func(r *ingest.ResultItem) { r.Steps[0].Details = []byte(`{}`) })}, []ingest.Change{ingest.Updated}, 3, []int{1}},
			{"a removed step", []*ingest.ResultItem{dbtest.Modify(item(1), func(r *ingest.ResultItem) { r.Steps = r.Steps[:2] })}, []ingest.Change{ingest.Updated}, 3, []int{1}},
			{"a purged bundle", []*ingest.ResultItem{dbtest.Modify(item(1), func(r *ingest.ResultItem) { r.Steps = r.Steps[:2]; r.Bundles[1].SHA256 = nil })}, []ingest.Change{ingest.Updated}, 3, []int{1}},
			{"a new group", []*ingest.ResultItem{dbtest.Modify(item(2), func(r *ingest.ResultItem) {
				r.Result.Score = nil
				r.Group = []int64{fx.Anna.MomotorID, fx.Bob.MomotorID}
			})}, []ingest.Change{ingest.Updated}, 3, []int{2}},
			{"a removed bundle", []*ingest.ResultItem{dbtest.Modify(item(3), func(r *ingest.ResultItem) {
				r.Result.SubmittedAt = r.Result.SubmittedAt.Add(time.Microsecond)
				r.Bundles = r.Bundles[:1]
			})}, []ingest.Change{ingest.Updated}, 3, []int{3}},
		}
		before := map[int]int64{}
		for _, step := range steps {
			if got := fx.UpsertResults(t, s, step.items...); !slices.Equal(got, step.wantChanges) {
				t.Errorf("%s: changes = %v, want %v", step.name, got, step.wantChanges)
			}
			after, latest := loadSequenceIDs(t, s, fx)
			if !slices.Equal(latest, []int{step.latest}) {
				t.Errorf("%s: latest = %v, want %v", step.name, latest, step.latest)
			}
			for attempt, sequence := range after {
				if changed := sequence != before[attempt]; changed != slices.Contains(step.changedAttempts, attempt) {
					t.Errorf("%s: the sequence id of attempt %d changed: %t", step.name, attempt, changed)
				}
			}
			before = after
		}
	})
}

// A bundle whose file does not change keeps its id and its age, by which it is purged later.
func TestBundleAge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		later := dbtest.Noon.Add(time.Hour)
		item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
		load := func() map[db.BundleKind]*db.Bundle {
			t.Helper()
			rows, err := db.ResultBundles.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID, item.Result.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			bundles := map[db.BundleKind]*db.Bundle{}
			for _, b := range rows[0] {
				bundles[b.Kind] = b
			}
			return bundles
		}
		fx.UpsertResults(t, s, item)
		before := load()
		item = dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
		item.Bundles[1].SHA256 = dbtest.File("other").SHA256
		if _, err := ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{item}, later); err != nil {
			t.Fatal(err)
		}
		after := load()
		for kind, want := range map[db.BundleKind]time.Time{db.BundleProduct: dbtest.Noon, db.BundleFull: later} {
			if b := after[kind]; !b.CreatedAt.Equal(want) || b.MomotorID != before[kind].MomotorID {
				t.Errorf("the %s has the id %d and is of %s, want %d of %s", kind, b.MomotorID, b.CreatedAt, before[kind].MomotorID, want)
			}
		}
	})
}

// Two imports of a result at the same time write it once.
func TestOverlappingUpserts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		var first, second []ingest.Change
		firstErr, secondErr := dbtest.Overlap(t, s, func(beforeCommit func()) error {
			return s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
				defer beforeCommit()
				first, err = ingest.WriteResults(ctx, s, tx, []*ingest.ResultItem{dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)}, dbtest.Noon)
				return err
			})
		}, func() (err error) {
			second, err = ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)}, dbtest.Noon)
			return err
		})
		if firstErr != nil || secondErr != nil || !slices.Equal(first, []ingest.Change{ingest.Created}) || !slices.Equal(second, []ingest.Change{ingest.Unchanged}) {
			t.Errorf("the changes are %v, %v and %v, %v, want a created and an unchanged result", first, firstErr, second, secondErr)
		}
	})
}

// A changed recipe creates the next revision, and a result keeps the revision with which it was
// processed.
func TestRevisions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1))
		upsert := func(recipe string) int {
			assignment := &db.Assignment{CourseID: fx.Course.MomotorID, CanvasID: 501, Name: "Assignment", Published: true}
			if _, err := ingest.UpsertAssignment(t.Context(), s, assignment, dbtest.File(recipe), nil, dbtest.Noon); err != nil {
				t.Fatal(err)
			}
			return *assignment.Revision
		}
		if got := []int{upsert("recipe.zip"), upsert("other.zip"), upsert("other.zip")}; !slices.Equal(got, []int{1, 2, 2}) {
			t.Errorf("revisions = %v, want 1 2 2", got)
		}
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Bob, 1))
		rows, err := db.CourseResults.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := *rows[0][0].Revision, *rows[0][1].Revision; a != 1 || b != 2 {
			t.Errorf("the results have revisions %d and %d, want 1 and 2", a, b)
		}
		for i, state := range []db.ResultState{db.StatePaused, db.StateQueued, db.StateProcessing} {
			item := dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Carl, i+1), func(r *ingest.ResultItem) { r.Result.State = state })
			if fx.UpsertResults(t, s, item); item.Result.Revision != nil {
				t.Errorf("a %s result has the revision %d before it was processed", state, *item.Result.Revision)
			}
		}
	})
}
