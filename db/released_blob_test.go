package db_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
)

// The database records every file that rows no longer refer to: whether other content took its place or
// it was purged.
func TestBlobUses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		// Each result has files of its own.
		item := func(u *db.User, attempt int) *ingest.ResultItem {
			item := dbtest.Result(fx.PublishedAssignment, u, attempt)
			for _, b := range item.Bundles {
				b.SHA256 = dbtest.File(fmt.Sprintf("%s-%s-%d", b.Kind, u.Name, attempt)).SHA256
			}
			return item
		}
		use := func(name string) db.BlobUse {
			t.Helper()
			sum := *dbtest.File(name).SHA256
			uses, err := s.BlobUses(t.Context(), []string{sum})
			if err != nil {
				t.Fatal(err)
			}
			return uses[sum]
		}
		fx.UpsertResults(t, s, item(fx.Anna, 1), item(fx.Anna, 2), item(fx.Bob, 1), item(fx.Carl, 1))
		fx.UpsertResults(t, s,
			dbtest.Modify(item(fx.Anna, 1), func(i *ingest.ResultItem) { i.Bundles[0].SHA256 = dbtest.File("new").SHA256 }),
			dbtest.Modify(item(fx.Anna, 2), func(i *ingest.ResultItem) { i.Bundles = i.Bundles[:1] }),
			dbtest.Modify(item(fx.Carl, 1), func(i *ingest.ResultItem) { i.Bundles[0].SHA256 = nil }))
		dbtest.Exec(t, s, fmt.Sprintf("DELETE FROM result WHERE user_id = %d", fx.Bob.MomotorID))
		for name, want := range map[string]db.BlobUse{
			"PRODUCT-Anna-1": db.BlobReplaced, "new": db.BlobReferenced, "FULL-Anna-1": db.BlobReferenced,
			"PRODUCT-Anna-2": db.BlobReferenced, "FULL-Anna-2": db.BlobReplaced,
			"PRODUCT-Bob-1": db.BlobPurged, "FULL-Bob-1": db.BlobPurged,
			"PRODUCT-Carl-1": db.BlobPurged, "FULL-Carl-1": db.BlobReferenced,
			"other": db.BlobUnknown, "recipe.zip": db.BlobReferenced,
		} {
			if got := use(name); got != want {
				t.Errorf("the use of %s is %d, want %d", name, got, want)
			}
		}
		fx.UpsertResults(t, s, item(fx.Bob, 1)) // refers to the files again
		if got := use("PRODUCT-Bob-1"); got != db.BlobReferenced {
			t.Errorf("the use of a file that a row refers to again is %d", got)
		}
		if err := s.DeleteRevokedReleases(t.Context()); err != nil {
			t.Fatal(err)
		}
		var releases int
		if err := s.DB().NewRaw("SELECT count(*) FROM released_blob WHERE sha256 = ?", *dbtest.File("PRODUCT-Bob-1").SHA256).Scan(t.Context(), &releases); err != nil || releases != 0 {
			t.Errorf("%d records of a file that a row refers to again, %v, want none", releases, err)
		}
		if got := use("PRODUCT-Carl-1"); got != db.BlobPurged {
			t.Errorf("the use of another file is %d, want that its record stays", got)
		}
		if _, err := s.PurgeBundles(t.Context(), db.BundleProduct, dbtest.Noon.AddDate(1, 0, 0)); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE assignment SET revision = NULL")
		dbtest.Exec(t, s, "DELETE FROM revision")
		dbtest.Exec(t, s, "DELETE FROM course")
		for _, name := range []string{"new", "FULL-Anna-1", "PRODUCT-Bob-1", "FULL-Carl-1", "recipe.zip"} {
			if got := use(name); got != db.BlobPurged {
				t.Errorf("the use of %s is %d after its course was deleted, want %d", name, got, db.BlobPurged)
			}
		}
		if err := s.DeleteReleases(t.Context(), []string{*dbtest.File("new").SHA256}); err != nil || use("new") != db.BlobUnknown {
			t.Errorf("DeleteReleases = %v", err)
		}
	})
}

// A sweep waits from a start after which the job runs daily, and is refused after a reversion.
func TestSweepState(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		state := func() db.SweepState {
			t.Helper()
			state, err := s.SweepState(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return state
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := state(); got.SinceStart != 0 || !got.IsEmpty || got.IsReverted {
			t.Errorf("the state of a new store is %+v", got)
		}
		const never, hour = time.Duration(-1 << 62), time.Hour
		for name, tt := range map[string]struct {
			started, ran time.Duration // before now
			want         time.Duration // since the start of the wait
		}{
			"new":                              {never, never, 0},
			"never ran":                        {5 * hour, never, 0},
			"restart after a night":            {48 * hour, 24 * hour, 48 * hour},
			"restart during the wait":          {5 * hour, 5 * hour, 5 * hour},
			"start after a week":               {300 * hour, 168 * hour, 0},
			"backup of a store before a sweep": {72 * hour, 96 * hour, 0},
			"ran in the future":                {48 * hour, -5 * hour, 0},
			"started in the future":            {-48 * hour, hour, 0},
		} {
			at := func(before time.Duration) string {
				if before == never {
					return "NULL"
				}
				return time.Now().Add(-before).UTC().Format("'2006-01-02 15:04:05.000+00:00'")
			}
			dbtest.Exec(t, s, "UPDATE store SET started_at = "+at(tt.started)+", job_ran_at = "+at(tt.ran))
			must(s.RecordStart(t.Context()))
			must(s.RecordJobRun(t.Context()))
			must(s.RecordStart(t.Context()))
			if got := state().SinceStart; got < tt.want-time.Minute || got > tt.want+hour {
				t.Errorf("%s: a start leaves a wait of %s, want %s", name, got, tt.want)
			}
		}
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		must(err)
		dbtest.Exec(t, s, "UPDATE migration SET group_id = 99 WHERE name = (SELECT max(name) FROM migration)")
		undone, err := m.Down(t.Context())
		if err != nil || len(undone) != 1 {
			t.Fatalf("Down = %v, %v, want one", undone, err)
		}
		if !state().IsReverted {
			t.Error("the state does not have the reversion")
		}
		must(s.RecordSweep(t.Context()))
		if state().IsReverted {
			t.Error("the state has the reversion after a sweep")
		}
	})
}

// Down and Up of all migrations keep the id of the store, and that sweeps are refused.
func TestReversionKeepsStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		before, err := s.ID(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Down(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, err := s.ID(t.Context())
		if err != nil || after != before {
			t.Errorf("the id is %s, %v, want %s", after, err, before)
		}
		if state, err := s.SweepState(t.Context()); err != nil || !state.IsReverted {
			t.Errorf("the state is %+v, %v, want the reversion", state, err)
		}
	})
}
