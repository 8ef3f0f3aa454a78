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

// zipped packs files into a zip.
func zipped(t *testing.T, files fstest.MapFS) string {
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

// A zip goes in like the folder that it was made of, however it was packed.
func TestZip(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.add(school...)
	f.add(result.with(object{"product": "big.xml", "results": "result-full.zip"}))
	f.files["big.xml"] = &fstest.MapFile{Data: []byte("<product><!--" + strings.Repeat("x", 5<<20) + "--></product>")}
	plain := newPlace(t, dbtest.SQLite(t))
	plain.load(t, f.fs())
	for name, prefix := range map[string]string{"contents": "", "folder": "course 1/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{}
			for name, file := range f.fs().(fstest.MapFS) {
				files[prefix+name] = file
			}
			path := filepath.Join(t.TempDir(), "import.zip")
			if err := os.WriteFile(path, []byte(zipped(t, files)), 0o600); err != nil {
				t.Fatal(err)
			}
			opened, closer, err := importer.OpenPath(path)
			if err != nil {
				t.Fatal(err)
			}
			defer closer.Close()
			p := newPlace(t, dbtest.SQLite(t))
			p.load(t, opened)
			same(t, p.content(t), plain.content(t))
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
		filepath.Join(dir, "none"): "there is no folder or zip ",
		file:                       " is neither a folder nor a zip: name the folder that holds manifest.jsonl",
	} {
		if _, _, err := importer.OpenPath(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("OpenPath(%s) = %v, want %q", path, err, want)
		}
	}
	report, err := newPlace(t, dbtest.SQLite(t)).importer().Run(t.Context(), fstest.MapFS{})
	if want := "there is no manifest.jsonl: an import folder has one, with a JSON object a line"; report == nil || err == nil || err.Error() != want {
		t.Errorf("Run of an empty folder = %v, want %s", err, want)
	}
}
