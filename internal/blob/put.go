package blob

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Put implements [Store]. It writes to a temporary file, syncs that, renames
// it into place and syncs the folder: a name in place always has its whole
// content, also after a power failure. The two syncs are nearly all that it
// costs, and parallel Puts share them; for a great many small blobs see
// [Folder.Batch].
func (f *Folder) Put(ctx context.Context, r io.Reader) (Digest, int64, error) {
	t, err := f.spool(ctx, r)
	if err != nil {
		return Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	if err := f.store(t); err != nil {
		return Digest{}, 0, fmt.Errorf("put blob %s: %w", t.digest, err)
	}
	return t.digest, t.size, nil
}

// spooled is content on its way in: a temporary file.
type spooled struct {
	*os.File
	digest Digest
	size   int64
	placed bool // it has its own name; the temporary one is free for others
}

// create makes an empty temporary file, readable by its owner alone.
func (f *Folder) create() (*spooled, error) {
	file, err := os.CreateTemp(filepath.Join(f.dir, temp), "put-*")
	if err != nil {
		return nil, err
	}
	return &spooled{File: file}, nil
}

// discard closes the file and removes it, unless it was placed. What cannot be
// removed is left to Sweep.
func (t *spooled) discard() {
	_ = t.Close()
	if !t.placed {
		_ = os.Remove(t.Name())
	}
}

// spool reads r to its end into a temporary file, and leaves none when that
// fails.
func (f *Folder) spool(ctx context.Context, r io.Reader) (*spooled, error) {
	t, err := f.create()
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	t.size, err = io.Copy(io.MultiWriter(h, t.File), cancellable{ctx, r})
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	h.Sum(t.digest[:0])
	return t, nil
}

// store makes t durable and puts it in its place. It is not broken off half
// way: from here on it takes milliseconds.
func (f *Folder) store(t *spooled) error {
	defer t.discard()
	renewed, err := f.renew(t)
	if err != nil {
		return err
	}
	if !renewed {
		if err := t.Sync(); err != nil {
			return err
		}
		if err := f.place(t); err != nil {
			return err
		}
	}
	// Renewed content needs this too: the one who put it there may not have
	// come to its own sync yet.
	return syncPath(filepath.Dir(f.path(t.digest)))
}

// place gives t, which is on the disk, its own name.
func (f *Folder) place(t *spooled) error {
	unlock, err := f.lock(shared)
	if err != nil {
		return err
	}
	defer unlock()
	// A slow reader may have written its last byte long ago, but the age of a
	// blob counts from here.
	if err := touch(t.Name()); err != nil {
		return err
	}
	if err := os.Rename(t.Name(), f.path(t.digest)); err != nil {
		return err
	}
	t.placed = true
	return nil
}

// renew makes the content of t that is in place already count as new, and
// reports whether there is any. A file of another size, which only a damaged
// disk can have left, is no content.
func (f *Folder) renew(t *spooled) (bool, error) {
	unlock, err := f.lock(shared)
	if err != nil {
		return false, err
	}
	defer unlock()
	path := f.path(t.digest)
	info, err := os.Stat(path)
	if err != nil || info.Size() != t.size {
		return false, nil // whatever is wrong, place will meet it again
	}
	return true, touch(path)
}

// touch sets a file's age to nothing, by the clock that stamps every write.
func touch(path string) error {
	now := time.Now()
	return os.Chtimes(path, now, now)
}

// syncPath makes a folder's entries, or a file's content, durable.
func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	err = file.Sync()
	_ = file.Close() // it was only read
	return err
}
