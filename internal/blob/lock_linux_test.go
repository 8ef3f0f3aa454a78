package blob

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/momotor/resultgraph/internal/filelock"
)

// TestPutDuringSweep asserts that a Put waits for a sweep before it decides whether the blob exists:
// a blob that the sweep removes is stored again.
func TestPutDuringSweep(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	d := put(t, f, "content")
	unlock, err := f.lock(filelock.Exclusive) // as Sweep does
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		if _, _, err := f.Put(t.Context(), strings.NewReader("content")); err != nil {
			t.Error(err)
		}
	}()
	awaitWaiter(t, filepath.Join(f.dir, "lock"), done)
	if err := os.Remove(f.path(d)); err != nil {
		t.Fatal(err)
	}
	unlock()
	<-done
	if got := readBlob(t, f, d); got != "content" {
		t.Errorf("content = %q, want %q", got, "content")
	}
}

// awaitWaiter waits until a process waits for the lock of a file, or done is closed.
func awaitWaiter(t *testing.T, path string, done <-chan bool) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	inode := fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino)
	for {
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Skip(err)
		}
		if slices.ContainsFunc(strings.Split(string(locks), "\n"), func(line string) bool {
			return strings.Contains(line, "->") && strings.Contains(line, inode)
		}) {
			return
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
