//go:build unix

package blob

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestPutOnFullDisk runs itself again in a process whose files are limited to a megabyte, so
// that a write of Put fails as on a full disk.
func TestPutOnFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv("BLOB_TEST_FULL_DISK") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPutOnFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), "BLOB_TEST_FULL_DISK=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("in a process with a limit: %v\n%s", err, out)
		}
		return
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	f := openFolder(t)
	_, _, err := f.Put(t.Context(), strings.NewReader(strings.Repeat("x", 2<<20)))
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("Put(2 MiB) = %v, want %v", err, syscall.EFBIG)
	}
	if left := listFiles(t, f.dir); len(left) > 0 {
		t.Errorf("files after a failed write: %q, want none", left)
	}
	put(t, f, "what still fits")
}
