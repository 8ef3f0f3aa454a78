//go:build unix

package blob

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

const (
	shared    = syscall.LOCK_SH
	exclusive = syscall.LOCK_EX
)

// lock waits for the folder's lock. The lock is only held for a few system calls, and never
// while a disk is synced. Each call opens the lock file again, because flock(2) binds a lock
// to the open file: this way the lock works between goroutines as it does between processes,
// and the system releases the lock of a process that dies.
func (f *Folder) lock(operation int) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(f.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), operation)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, os.NewSyscallError("flock", err)
	}
	return func() { _ = file.Close() }, nil
}
