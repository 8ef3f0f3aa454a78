package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/demo"
)

// What no row names goes when it is old, and what a row names stays however old it is.
func TestSweep(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		data := t.TempDir()
		store := dbtest.Open(t, location)
		if err := importDemo(t.Context(), store, openFolder(t, data), demo.Options{Results: 60}); err != nil {
			t.Fatal(err)
		}
		blobs := openFolder(t, data)
		if _, _, err := blobs.Put(t.Context(), strings.NewReader("nobody names this")); err != nil {
			t.Fatal(err)
		}
		if removed, err := sweep(t.Context(), store, blobs); err != nil || removed != 0 {
			t.Errorf("a sweep of what is new removes %d, %v; want 0", removed, err)
		}
		old := time.Now().Add(-2 * spared)
		err := filepath.Walk(filepath.Join(data, "sha256"), func(path string, info os.FileInfo, err error) error {
			if err != nil || info.IsDir() {
				return err
			}
			return os.Chtimes(path, old, old)
		})
		if err != nil {
			t.Fatal(err)
		}
		if removed, err := sweep(t.Context(), store, blobs); err != nil || removed != 1 {
			t.Errorf("a sweep of what is old removes %d, %v; want the one that nobody names", removed, err)
		}
	})
}

func openFolder(t *testing.T, dir string) *blob.Folder {
	t.Helper()
	f, err := blob.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
