package dbtest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// missing is set when a test was skipped because PostgreSQL is not installed.
var missing atomic.Bool

// announceMissing says that tests did not run. It writes to the standard error of the go command,
// because “go test” hides what the tests of a package write unless one of them fails.
func announceMissing() {
	out, err := parentStderr()
	if err != nil {
		out = os.Stderr
	}
	folder, _ := os.Getwd()
	fmt.Fprintf(out, "*** THE TESTS ON POSTGRESQL DID NOT RUN in %s: its programs are not installed. “make test” says how to run them.\n", filepath.Base(folder))
}

// parentStderr returns the standard error of the process that started this one. A duplicate of the
// descriptor also suits a regular file, because it shares the offset; where the kernel restricts
// that to debuggers of the process, the file is opened again.
func parentStderr() (*os.File, error) {
	pid := os.Getppid()
	parent, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(parent)
	if stderr, err := unix.PidfdGetfd(parent, 2, 0); err == nil {
		return os.NewFile(uintptr(stderr), "stderr"), nil
	}
	return os.OpenFile(fmt.Sprintf("/proc/%d/fd/2", pid), os.O_WRONLY|os.O_APPEND, 0)
}
