//go:build unix

// Package filelock locks files between processes, and between goroutines of a process.
package filelock

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// A Mode says who may hold a lock at the same time.
type Mode int

// The modes: any number of holders, or a single one.
const (
	Shared    Mode = syscall.LOCK_SH
	Exclusive Mode = syscall.LOCK_EX
)

// ErrLocked is the error of Try for a lock that others hold.
var ErrLocked = errors.New("the file is locked")

// Lock waits for the lock of a file, which it creates if it does not exist. Each call opens the file
// again, because flock(2) binds a lock to the open file: this way the lock works between goroutines
// as it does between processes. The system releases the locks of a process that dies.
func Lock(path string, mode Mode) (unlock func(), err error) {
	return flock(path, int(mode))
}

// pollInterval is the time between two attempts of LockContext.
const pollInterval = 20 * time.Millisecond

// LockContext is Lock, but fails with the cause of ctx if ctx ends before the lock is free. It does not
// wait in the order of the calls, so it suits locks that are seldom held.
func LockContext(ctx context.Context, path string, mode Mode) (unlock func(), err error) {
	for {
		unlock, err := Try(path, mode)
		if !errors.Is(err, ErrLocked) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pollInterval):
		}
	}
}

// Try is Lock, but fails with ErrLocked instead of waiting.
func Try(path string, mode Mode) (unlock func(), err error) {
	unlock, err = flock(path, int(mode)|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrLocked
	}
	return unlock, err
}

func flock(path string, operation int) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
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
