package exporter_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/exporter"
	"github.com/momotor/resultgraph/internal/importer"
)

// An export that is interrupted after each of its steps and repeated gives the same folder as one run. The
// folder has no manifest before.
func TestInterruptedExport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		p := newFilledSite(t, s)
		want := content(t, p.export(t))
		dir := t.TempDir()
		interrupted := 0
		for {
			ctx, cancel := context.WithCancel(t.Context())
			e, steps := p.exporter(dir), 0
			e.Progress = func(exporter.Progress) {
				if steps++; steps > interrupted {
					cancel()
				}
			}
			_, err := e.Run(ctx)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, importer.Manifest)); err == nil {
				t.Fatalf("the folder has a manifest after %d steps", interrupted)
			}
			interrupted++
		}
		if d := difference(content(t, dir), want); d != "" || interrupted < 10 {
			t.Errorf("after %d interruptions the folder differs: %s", interrupted, d)
		}
		t.Logf("%d interruptions", interrupted)
	})
}

// The remains of a killed process are replaced, and the files that an earlier export has in addition go.
func TestRepeatedExport(t *testing.T) {
	t.Parallel()
	p := newFilledSite(t, dbtest.NewSQLite(t))
	dir := p.export(t)
	want := content(t, dir)
	for name, text := range map[string]string{
		importer.Manifest + ".part":                    `{"type":"export","format":1,"export_id":"x"}` + "\n" + strings.Repeat("half a line", 10_000),
		"bundles/sha256/00/" + strings.Repeat("0", 62): "the file of a bundle that was purged",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	report, err := p.exporter(dir).Run(t.Context())
	if err != nil || report.Copied > 0 {
		t.Errorf("Run = %+v, %v; want no files to copy", report, err)
	}
	if d := difference(content(t, dir), want); d != "" {
		t.Errorf("the folder differs: %s", d)
	}
}

// A folder with other content is refused, and nothing is written to it.
func TestForeignFolder(t *testing.T) {
	t.Parallel()
	p := newSite(t, dbtest.NewSQLite(t))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := p.exporter(dir).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "has thesis.txt: name a new folder") {
		t.Errorf("Run = %v, want a message about the file", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the folder has %d entries, want 1", len(entries))
	}
}

// A bundle whose file is lost is exported without the file, and the import says so.
func TestLostFile(t *testing.T) {
	t.Parallel()
	p := newFilledSite(t, dbtest.NewSQLite(t))
	dbtest.Exec(t, p.store, "UPDATE bundle SET sha256 = '"+strings.Repeat("ab", 32)+"' WHERE kind = 'RECIPE'")
	dir := filepath.Join(t.TempDir(), "export")
	report, err := p.exporter(dir).Run(t.Context())
	if err != nil || report.Missing == 0 {
		t.Fatalf("Run = %+v, %v; want missing files", report, err)
	}
	damaged, err := filepath.Glob(filepath.Join(dir, "bundles/sha256/*/*"))
	if err != nil || len(damaged) == 0 {
		t.Fatal(err, damaged)
	}
	if err := os.WriteFile(damaged[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := newSite(t, dbtest.NewSQLite(t))
	imported, err := other.importFolder(t.Context(), dir)
	if err != nil || imported.RejectedLines() > 0 || imported.MissingFiles() <= report.Missing {
		t.Fatalf("import: %v, %d missing files after %d in the export, report\n%s", err, imported.MissingFiles(), report.Missing, imported)
	}
	if d := difference(rows(t, other.store, []string{"bundle"}), rows(t, p.store, []string{"bundle"})); d != "" {
		t.Errorf("the rows of bundles differ: %s", d)
	}
}
