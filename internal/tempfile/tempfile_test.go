package tempfile_test

import (
	"os"
	"testing"

	"github.com/momotor/resultgraph/internal/tempfile"
)

// A file has no name from the start, and can be written and read.
func TestCreate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := tempfile.Create(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the folder has %v, %v, want no files", entries, err)
	}
	got := make([]byte, 4)
	if _, err := f.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadAt(got, 0); err != nil || string(got) != "text" {
		t.Errorf("ReadAt = %q, %v, want text", got, err)
	}
	if _, err := tempfile.Create(dir+"/missing", "test"); err == nil {
		t.Error("Create in a missing folder = nil, want an error")
	}
}
