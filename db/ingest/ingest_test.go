package ingest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
)

// readAttempts returns attempt → sequence id of Anna's results, and which is the latest.
func readAttempts(t *testing.T, s *db.Store, w *dbtest.Fixture) (sequence map[int]int64, latest []int) {
	t.Helper()
	rows, err := db.CourseResults.Load(t.Context(), s.DB(), w.Reviewer(), []query.Key{{w.Course.MomotorID}}, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	sequence = map[int]int64{}
	for _, r := range rows[0] {
		sequence[r.Attempt] = r.SequenceID
		if r.IsLatest {
			latest = append(latest, r.Attempt)
		}
	}
	return sequence, latest
}

func TestPutResults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		item := func(attempt int) *ingest.ResultItem { return dbtest.Result(w.Published, w.Anna, attempt) }
		steps := []struct {
			name    string
			items   []*ingest.ResultItem
			changes []ingest.Change
			latest  int
			moved   []int // attempts whose sequence ids move
		}{
			{"new", []*ingest.ResultItem{item(1)}, []ingest.Change{ingest.Created}, 1, []int{1}},
			{"the same again", []*ingest.ResultItem{item(1)}, []ingest.Change{ingest.Unchanged}, 1, nil},
			{"a retry", []*ingest.ResultItem{item(3)}, []ingest.Change{ingest.Created}, 3, []int{1, 3}},
			{"an older attempt comes late", []*ingest.ResultItem{item(2)}, []ingest.Change{ingest.Created}, 3, []int{2}},
			{"both the same", []*ingest.ResultItem{item(2), item(3)}, []ingest.Change{ingest.Unchanged, ingest.Unchanged}, 3, nil},
			{"a column", []*ingest.ResultItem{dbtest.With(item(2), func(r *ingest.ResultItem) { r.Result.Score = nil })}, []ingest.Change{ingest.Updated}, 3, []int{2}},
			{"a microsecond", []*ingest.ResultItem{dbtest.With(item(3), func(r *ingest.ResultItem) { r.Result.SubmittedAt = r.Result.SubmittedAt.Add(time.Microsecond) })}, []ingest.Change{ingest.Updated}, 3, []int{3}},
			{"a step's details", []*ingest.ResultItem{dbtest.With(item(1), func(r *ingest.ResultItem) { r.Steps[0].Details = []byte(`{}`) })}, []ingest.Change{ingest.Updated}, 3, []int{1}},
			{"a step less", []*ingest.ResultItem{dbtest.With(item(1), func(r *ingest.ResultItem) { r.Steps = r.Steps[:2] })}, []ingest.Change{ingest.Updated}, 3, []int{1}},
			{"a purged bundle", []*ingest.ResultItem{dbtest.With(item(1), func(r *ingest.ResultItem) { r.Steps = r.Steps[:2]; r.Bundles[1].SHA256 = nil })}, []ingest.Change{ingest.Updated}, 3, []int{1}},
			{"a group", []*ingest.ResultItem{dbtest.With(item(2), func(r *ingest.ResultItem) {
				r.Result.Score = nil
				r.Group = []int64{w.Anna.MomotorID, w.Bob.MomotorID}
			})}, []ingest.Change{ingest.Updated}, 3, []int{2}},
		}
		before := map[int]int64{}
		for _, step := range steps {
			if got := w.UpsertResults(t, s, step.items...); !slices.Equal(got, step.changes) {
				t.Errorf("%s: changes = %v, want %v", step.name, got, step.changes)
			}
			after, latest := readAttempts(t, s, w)
			if !slices.Equal(latest, []int{step.latest}) {
				t.Errorf("%s: latest = %v, want %v", step.name, latest, step.latest)
			}
			for attempt, sequence := range after {
				if moved := sequence != before[attempt]; moved != slices.Contains(step.moved, attempt) {
					t.Errorf("%s: the sequence id of attempt %d moved: %v", step.name, attempt, moved)
				}
			}
			before = after
		}
	})
}

// A changed file makes the next revision, results keep the one that they were processed
// with, and a bundle's id stays when its file does.
func TestRevisions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		w.UpsertResults(t, s, dbtest.Result(w.Published, w.Anna, 1))
		put := func(recipe string) int {
			g := &db.Assignment{CourseID: w.Course.MomotorID, CanvasID: 501, Name: "Assignment", Published: true}
			if _, err := ingest.UpsertAssignment(t.Context(), s, g, dbtest.File(recipe), nil, dbtest.Noon); err != nil {
				t.Fatal(err)
			}
			return *g.Revision
		}
		if got := []int{put("recipe.zip"), put("other.zip"), put("other.zip")}; !slices.Equal(got, []int{1, 2, 2}) {
			t.Errorf("revisions = %v, want 1 2 2", got)
		}
		w.UpsertResults(t, s, dbtest.Result(w.Published, w.Bob, 1))
		rows, err := db.CourseResults.Load(t.Context(), s.DB(), w.Reviewer(), []query.Key{{w.Course.MomotorID}}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := *rows[0][0].Revision, *rows[0][1].Revision; a != 1 || b != 2 {
			t.Errorf("the results have revisions %d and %d, want 1 and 2", a, b)
		}
	})
}
