package importer_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/importer"
)

// makeZip returns a zip of files.
func makeZip(t *testing.T, files fstest.MapFS) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if err := z.AddFS(files); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Importing a zip gives the same rows as importing the folder that it contains.
func TestImportZip(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.add(school...)
	f.add(result.with(object{"product": "big.xml", "results": "result-full.zip"}))
	f.files["big.xml"] = &fstest.MapFile{Data: []byte("<product><!--" + strings.Repeat("x", 5<<20) + "--></product>")}
	fromFolder := newTarget(t, dbtest.MigratedSQLite(t))
	fromFolder.load(t, f.fs())
	for name, prefix := range map[string]string{"contents": "", "folder": "course 1/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{}
			for name, file := range f.fs().(fstest.MapFS) {
				files[prefix+name] = file
			}
			path := filepath.Join(t.TempDir(), "import.zip")
			if err := os.WriteFile(path, []byte(makeZip(t, files)), 0o600); err != nil {
				t.Fatal(err)
			}
			opened, closer, err := importer.OpenPath(path)
			if err != nil {
				t.Fatal(err)
			}
			defer closer.Close()
			p := newTarget(t, dbtest.MigratedSQLite(t))
			p.load(t, opened)
			equalRows(t, p.content(t), fromFolder.content(t))
		})
	}
}

func TestOpenPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "manifest.jsonl")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): " does not exist",
		file:                       " is neither a folder nor a zip; pass the folder that contains manifest.jsonl",
	} {
		if _, _, err := importer.OpenPath(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("OpenPath(%s) = %v, want %q", path, err, want)
		}
	}
	report, err := newTarget(t, dbtest.MigratedSQLite(t)).importer().Run(t.Context(), fstest.MapFS{})
	if want := "the import folder has no manifest.jsonl"; report == nil || err == nil || err.Error() != want {
		t.Errorf("Run of an empty folder = %v, want %s", err, want)
	}
}
