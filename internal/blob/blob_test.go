package blob

import (
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openFolder returns a new, empty folder.
func openFolder(tb testing.TB) *Folder {
	tb.Helper()
	f, err := OpenFolder(filepath.Join(tb.TempDir(), "blobs"), slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// put stores content.
func put(tb testing.TB, f *Folder, readBlob string) Digest {
	tb.Helper()
	d, n, err := f.Put(tb.Context(), strings.NewReader(readBlob))
	if err != nil || n != int64(len(readBlob)) {
		tb.Fatalf("Put(%q) = %d bytes, %v; want %d bytes", readBlob, n, err, len(readBlob))
	}
	return d
}

// open opens the blob d, whose size is the size of its file.
func open(tb testing.TB, f *Folder, d Digest) Blob {
	tb.Helper()
	var size int64
	if info, err := os.Stat(f.path(d)); err == nil {
		size = info.Size()
	} else if info, err := os.Stat(f.trashPath(d)); err == nil {
		size = info.Size()
	}
	b, err := f.Open(tb.Context(), d, size)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// readBlob reads the whole blob d.
func readBlob(tb testing.TB, f *Folder, d Digest) string {
	tb.Helper()
	b := open(tb, f, d)
	defer b.Close()
	all, err := io.ReadAll(b)
	if err != nil || b.Size() != int64(len(all)) {
		tb.Fatalf("read %s: %v, Size() = %d, want %d", d, err, b.Size(), len(all))
	}
	return string(all)
}

// listFiles lists all regular files below dir except the lock.
func listFiles(tb testing.TB, dir string) []string {
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

// makeOld sets the modification time of a file to two hours ago.
func makeOld(tb testing.TB, path string) {
	tb.Helper()
	modified := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(path, modified, modified); err != nil {
		tb.Fatal(err)
	}
}

// anHourAgo is a time between now and the modification time that makeOld sets.
func anHourAgo() time.Time { return time.Now().Add(-time.Hour) }
