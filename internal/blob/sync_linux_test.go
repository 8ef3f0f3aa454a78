package blob

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordSyncs lets f record what it syncs before and after the blob with the given content has its
// name. It syncs nothing.
func recordSyncs(f *Folder, content string) *[]string {
	path := f.path(Digest(sha256.Sum256([]byte(content))))
	record := &[]string{}
	add := func(what string) error {
		when := "after"
		if _, err := os.Stat(path); err != nil {
			when = "before"
		}
		*record = append(*record, what+" "+when)
		return nil
	}
	f.sync = func(file *os.File) error {
		switch info, err := file.Stat(); {
		case err != nil:
			return err
		case file.Name() == filepath.Dir(path):
			return add("folder")
		case info.Size() == int64(len(content)) && !info.IsDir():
			return add("content")
		}
		return add(file.Name())
	}
	f.syncFileSystem = func(*os.File) error { return add("all") }
	return record
}

// TestSyncOrder asserts that the content of a blob is durable before it has its name, and its name
// before Put or Commit returns: a row that refers to it may be committed then. The Put that wrote
// existing content may not have synced its name yet.
func TestSyncOrder(t *testing.T) {
	t.Parallel()
	const content = "content"
	for _, tt := range []struct {
		name string
		put  func(t *testing.T, f *Folder)
		want []string // for a new blob, and then for an existing one
	}{
		{"Put", func(t *testing.T, f *Folder) { put(t, f, content) }, []string{"content before", "folder after", "folder after"}},
		{"Batch", func(t *testing.T, f *Folder) {
			b := f.Batch()
			if _, _, err := b.Put(t.Context(), strings.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			if err := b.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, []string{"all before", "all after", "all after"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := openFolder(t)
			synced := recordSyncs(f, content)
			tt.put(t, f)
			tt.put(t, f)
			if !slices.Equal(*synced, tt.want) {
				t.Errorf("synced %q, want %q", *synced, tt.want)
			}
		})
	}
}

// TestSyncFails asserts that content that is not durable has no name.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	errDisk := errors.New("input/output error")
	f.sync = func(*os.File) error { return errDisk }
	if _, _, err := f.Put(t.Context(), strings.NewReader("content")); !errors.Is(err, errDisk) {
		t.Errorf("Put = %v, want %v", err, errDisk)
	}
	f.syncFileSystem = f.sync
	b := f.Batch()
	if _, _, err := b.Put(t.Context(), strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context()); !errors.Is(err, errDisk) {
		t.Errorf("Commit = %v, want %v", err, errDisk)
	}
	if _, err := f.Open(t.Context(), Digest(sha256.Sum256([]byte("content"))), int64(len("content"))); err == nil {
		t.Error("content that is not durable can be opened")
	}
}
