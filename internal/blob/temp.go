package blob

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/momotor/resultgraph/internal/filelock"
)

// Each process has a folder of its own for files that are being written, and holds a lock in it for as
// long as it lives. A folder whose lock nobody holds is left over from a process that was killed.

// tempLock is the name of the lock in the folder of a process.
const tempLock = "lock"

// openTemp removes what killed processes left over, and creates the folder of this process.
func (f *Folder) openTemp() error {
	if err := f.removeLeftovers(); err != nil {
		return err
	}
	// Others must not take the new folder for a leftover before it has its lock.
	unlock, err := f.lock(filelock.Exclusive)
	if err != nil {
		return err
	}
	defer unlock()
	if f.temp, err = os.MkdirTemp(filepath.Join(f.dir, tempDir), "process-*"); err != nil {
		return err
	}
	f.unlockTemp, err = filelock.Lock(filepath.Join(f.temp, tempLock), filelock.Exclusive)
	return err
}

// removeLeftovers removes the folders of killed processes.
func (f *Folder) removeLeftovers() error {
	leftovers, err := f.lockLeftovers()
	for dir, unlock := range leftovers {
		err = errors.Join(err, os.RemoveAll(dir))
		unlock()
	}
	return err
}

// lockLeftovers returns the folders of killed processes, with the functions that unlock them. It also
// removes the files that earlier versions of this program left over, once they are a day old.
func (f *Folder) lockLeftovers() (map[string]func(), error) {
	unlock, err := f.lock(filelock.Exclusive)
	if err != nil {
		return nil, err
	}
	defer unlock()
	entries, err := os.ReadDir(filepath.Join(f.dir, tempDir))
	if err != nil {
		return nil, err
	}
	leftovers := map[string]func(){}
	for _, e := range entries {
		path := filepath.Join(f.dir, tempDir, e.Name())
		if !e.IsDir() {
			err = errors.Join(err, removeStale(path, e, time.Now().AddDate(0, 0, -1)))
			continue
		}
		unlock, lockErr := filelock.Try(filepath.Join(path, tempLock), filelock.Exclusive)
		switch {
		case lockErr == nil:
			leftovers[path] = unlock
		case !errors.Is(lockErr, filelock.ErrLocked) && !errors.Is(lockErr, fs.ErrNotExist):
			err = errors.Join(err, lockErr)
		}
	}
	return leftovers, err
}

// removeStale removes a regular file that was last modified before the given time.
func removeStale(path string, e fs.DirEntry, before time.Time) error {
	stale, err := isStale(e, before)
	if err != nil || !stale {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// isStale reports whether a regular file was last modified before the given time. A file
// that no longer exists is not stale.
func isStale(e fs.DirEntry, before time.Time) (bool, error) {
	if !e.Type().IsRegular() {
		return false, nil
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.ModTime().Before(before), nil
}
