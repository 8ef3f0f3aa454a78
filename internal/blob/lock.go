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

// lock waits for the folder's lock. Nobody holds it for longer than a few
// system calls, and never while a disk is synced. Each call opens the lock
// file anew, because flock(2) binds a lock to the open file: so goroutines and
// processes keep each other out by the same means, and a process that dies
// lets go.
func (f *Folder) lock(how int) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(f.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
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
