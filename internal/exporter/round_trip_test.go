package exporter_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// A store that was exported to the other database and back has the same rows, and its export is the same.
// Only the running job has become queued.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		first := newFilledSite(t, s)
		other, back := newSite(t, dbtest.NewPostgres(t)), newSite(t, dbtest.NewSQLite(t))
		if s.IsPostgres() {
			other, back = newSite(t, dbtest.NewSQLite(t)), newSite(t, dbtest.NewPostgres(t))
		}
		folder := first.export(t)
		other.load(t, folder)
		otherFolder := other.export(t)
		if d := difference(content(t, otherFolder), content(t, folder)); d != "" {
			t.Errorf("the export of the other database differs: %s", d)
		}
		back.load(t, otherFolder)
		compared := append(carriedTables(), "result_count", "task_count")
		dbtest.Exec(t, s, "UPDATE river_job SET state = 'available', attempt = attempt - 1 WHERE state = 'running'")
		want := rows(t, s, compared)
		if d := difference(rows(t, back.store, compared), want); d != "" {
			t.Errorf("the rows differ: %s", d)
		}
		t.Logf("%d rows of %d tables are the same after both directions", len(want), len(compared))
	})
}

// content returns the files of a folder, each with its path and content, and the lines of the manifest.
// Temporary folders are left out.
func content(t testing.TB, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		for line := range strings.Lines(string(text) + "\n") {
			files = append(files, name+": "+line)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}
