package db_test

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// The status has the jobs that are not done, the last refresh of each account and the last import.
func TestStatus(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		read := func() *db.Status {
			t.Helper()
			status, err := s.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return status
		}
		if status := read(); len(status.Jobs) != 0 || len(status.Refreshes) != 0 || status.ImportedAt != nil {
			t.Errorf("the status of a new store is %+v", status)
		}
		for _, job := range []string{"'process', 'available', NULL", "'process', 'available', NULL", "'process', 'completed', '2026-03-01'",
			"'upload', 'discarded', '2026-03-01'", "'upload', 'cancelled', '2026-03-01'"} {
			dbtest.Exec(t, s, "INSERT INTO river_job (kind, state, finalized_at, max_attempts, args) VALUES ("+job+", 5, '{}')")
		}
		dbtest.Exec(t, s, "UPDATE assignment SET refreshed_at = '2026-03-01 12:00:00+00:00' WHERE canvas_id = 501")
		dbtest.Exec(t, s, "UPDATE assignment SET refreshed_at = '2026-03-01 11:00:00+00:00' WHERE canvas_id = 601")
		before := time.Now().Add(-time.Second)
		if err := s.RecordImport(t.Context()); err != nil {
			t.Fatal(err)
		}
		status := read()
		counts := map[string]int{}
		for _, j := range status.Jobs {
			counts[j.Kind+" "+string(j.State)] = j.Count
		}
		if len(counts) != 2 || counts["process waiting"] != 2 || counts["upload failed"] != 2 {
			t.Errorf("the jobs are %v, want 2 waiting and 2 failed", counts)
		}
		if r := status.Refreshes; len(r) != 1 || r[0].AccountID != fx.Account.MomotorID || !r[0].RefreshedAt.Equal(dbtest.Noon) {
			t.Errorf("the refreshes are %+v, want one at %s", r, dbtest.Noon)
		}
		if at := status.ImportedAt; at == nil || at.Before(before) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("the last import is %v, want now", at)
		}
	})
}
