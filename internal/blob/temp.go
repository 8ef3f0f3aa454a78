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
	f.removeLeftovers()
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

// removeLeftovers removes the folders of killed processes, and the files that earlier versions of this
// program left over, once they are a day old. It logs failures: they only cost space. It holds the
// lock of the folder, because two processes that remove the same leftover disturb each other.
func (f *Folder) removeLeftovers() {
	unlock, err := f.lock(filelock.Exclusive)
	if err == nil {
		defer unlock()
		err = f.eachTemp(removeLeftover)
	}
	if err != nil {
		f.log.Warn("files that a killed process was writing remain: remove them when no process runs", "folder", filepath.Join(f.dir, tempDir), "error", err)
	}
}

// eachTemp calls do with each entry of tmp, and joins the errors.
func (f *Folder) eachTemp(do func(path string, e fs.DirEntry) error) error {
	entries, err := os.ReadDir(filepath.Join(f.dir, tempDir))
	for _, e := range entries {
		err = errors.Join(err, do(filepath.Join(f.dir, tempDir, e.Name()), e))
	}
	return err
}

// removeLeftover removes an entry of tmp, unless a living process uses it.
func removeLeftover(path string, e fs.DirEntry) error {
	if !e.IsDir() {
		return removeStale(path, e, time.Now().AddDate(0, 0, -1))
	}
	unlock, err := filelock.Try(filepath.Join(path, tempLock), filelock.Exclusive)
	if errors.Is(err, filelock.ErrLocked) || errors.Is(err, fs.ErrNotExist) { // alive, or closed meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	return os.RemoveAll(path)
}

// removeStale removes a regular file that was last modified before the given time.
func removeStale(path string, e fs.DirEntry, before time.Time) error {
	stale, err := isStale(e, before)
	if err != nil || !stale {
		return err
	}
	return ignoreNotExist(os.Remove(path))
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
