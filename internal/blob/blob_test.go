package blob

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// open returns a fresh, empty folder.
func open(tb testing.TB) *Folder {
	tb.Helper()
	f, err := OpenFolder(filepath.Join(tb.TempDir(), "blobs"))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// put stores content, which must succeed.
func put(tb testing.TB, f *Folder, content string) Digest {
	tb.Helper()
	d, n, err := f.Put(tb.Context(), strings.NewReader(content))
	if err != nil || n != int64(len(content)) {
		tb.Fatalf("Put(%q) = %d bytes, %v; want %d bytes", content, n, err, len(content))
	}
	return d
}

// content reads the whole blob d.
func content(tb testing.TB, f *Folder, d Digest) string {
	tb.Helper()
	b, err := f.Open(tb.Context(), d)
	if err != nil {
		tb.Fatal(err)
	}
	defer b.Close()
	all, err := io.ReadAll(b)
	if err != nil || b.Size() != int64(len(all)) {
		tb.Fatalf("read %s: %v, Size() = %d, want %d", d, err, b.Size(), len(all))
	}
	return string(all)
}

// files lists all plain files below dir, without the lock.
func files(tb testing.TB, dir string) []string {
	tb.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && e.Name() != "lock" {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// age makes a file look as if it was last modified two hours ago.
func age(tb testing.TB, path string) {
	tb.Helper()
	then := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(path, then, then); err != nil {
		tb.Fatal(err)
	}
}

// anHourAgo is a moment between now and what age makes of a file.
func anHourAgo() time.Time { return time.Now().Add(-time.Hour) }
