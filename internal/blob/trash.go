package blob

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/momotor/resultgraph/internal/filelock"
)

// trashPeriod is how long the trash keeps a blob, from its sweep.
const trashPeriod = 7 * 24 * time.Hour

// trashPath returns the path of the blob d in the trash.
func (f *Folder) trashPath(d Digest) string { return filepath.Join(f.dir, trashDir, d.String()) }

// trash moves a blob to the trash. The caller holds the exclusive lock.
func (f *Folder) trash(d Digest) error {
	if err := touch(f.path(d)); err != nil { // the age of a file in the trash counts from here
		return err
	}
	return os.Rename(f.path(d), f.trashPath(d))
}

// restore moves a blob from the trash back. It fails with fs.ErrNotExist if the blob is neither in the
// trash nor stored.
func (f *Folder) restore(d Digest) error {
	unlock, err := f.lock(filelock.Exclusive)
	if err != nil {
		return err
	}
	defer unlock()
	if f.Has(d) { // stored again, or restored by another reader
		return ignoreNotExist(os.Remove(f.trashPath(d)))
	}
	if err := touch(f.trashPath(d)); err != nil {
		return err
	}
	if err := os.Rename(f.trashPath(d), f.path(d)); err != nil {
		return err
	}
	return f.syncPath(filepath.Dir(f.path(d)))
}

// listTrash returns the blobs in the trash, and whether each is expired.
func (f *Folder) listTrash() (map[Digest]bool, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, trashDir))
	if err != nil {
		return nil, err
	}
	expired := make(map[Digest]bool, len(entries))
	for _, e := range entries {
		d, err := ParseDigest(e.Name())
		if err != nil {
			continue // not a blob, so leave it alone
		}
		if expired[d], err = isStale(e, time.Now().Add(-trashPeriod)); err != nil {
			return nil, err
		}
	}
	return expired, nil
}

// ignoreNotExist returns nil for the error of a file that does not exist: another process may have
// removed or restored it.
func ignoreNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
