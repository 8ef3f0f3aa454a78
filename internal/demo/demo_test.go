package demo_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/momotor/resultgraph/internal/demo"
)

// digest is one hash over all names and contents.
func digest(opt demo.Options) string {
	h := sha256.New()
	for name, content := range demo.Files(opt) {
		fmt.Fprintf(h, "%q %d\n", name, len(content))
		h.Write(content)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestFilesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	one := demo.Options{Seed: 1, Results: 200}
	if a, b := digest(one), digest(one); a != b {
		t.Errorf("two data sets of %+v have the digests %s and %s", one, a, b)
	}
	if two := (demo.Options{Seed: 2, Results: 200}); digest(one) == digest(two) {
		t.Errorf("%+v and %+v give the same data set", one, two)
	}
}

func TestResultsAreAsManyAsAskedFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ results, want int }{{-1, 0}, {0, 0}, {1, 1}, {2, 2}, {13, 13}, {301, 301}} {
		got := 0
		for name, content := range demo.Files(demo.Options{Seed: 9, Results: tt.results}) {
			if name == demo.Manifest {
				got = bytes.Count(content, []byte(`{"type":"result",`))
			}
		}
		if got != tt.want {
			t.Errorf("Files(Results: %d) has %d results, want %d", tt.results, got, tt.want)
		}
	}
}

// TestWrite: the folder and the zip hold what Files gives.
func TestWrite(t *testing.T) {
	t.Parallel()
	opt := demo.Options{Seed: 3, Results: 60}
	want := maps.Collect(demo.Files(opt))
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := demo.Write(t.Context(), dir, opt); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := demo.WriteZip(t.Context(), &b, opt); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for name, written := range map[string]fs.FS{"Write": os.DirFS(dir), "WriteZip": z} {
		if n := countFiles(t, written); n != len(want) {
			t.Errorf("%s wrote %d files, want %d", name, n, len(want))
		}
		for path, content := range want {
			if got, err := fs.ReadFile(written, path); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s wrote %d bytes to %s (%v), want %d", name, len(got), path, err, len(content))
			}
		}
	}
	if err := fstest.TestFS(z, demo.Manifest); err != nil {
		t.Error(err)
	}
}

func countFiles(t *testing.T, fsys fs.FS) (n int) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if err := demo.Write(ctx, dir, demo.DefaultOptions()); !errors.Is(err, context.Canceled) {
		t.Errorf("Write in an ended context = %v, want %v", err, context.Canceled)
	}
	if err := demo.WriteZip(ctx, new(bytes.Buffer), demo.DefaultOptions()); !errors.Is(err, context.Canceled) {
		t.Errorf("WriteZip in an ended context = %v, want %v", err, context.Canceled)
	}
	if n := countFiles(t, os.DirFS(dir)); n != 0 {
		t.Errorf("Write in an ended context wrote %d files, want 0", n)
	}
	inTheWay := filepath.Join(dir, "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := demo.Write(t.Context(), inTheWay, demo.DefaultOptions()); err == nil {
		t.Errorf("Write(%s) over a file = nil, want an error", inTheWay)
	}
}

// TestFilesStops: a caller may stop after any file, also among the results.
func TestFilesStops(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 30, 60, 61, 80} {
		n := 0
		for range demo.Files(demo.Options{Results: 30}) {
			if n++; n == most {
				break
			}
		}
		if n != most {
			t.Errorf("Files gave %d files, want %d", n, most)
		}
	}
}
