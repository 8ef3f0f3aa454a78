package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is a [Store] in a folder of a local file system. Several processes
// may use one folder at once.
//
// It holds:
//
//	sha256/ab/cdef…   a blob, under its digest; modified when last Put
//	tmp/              what is being written; the same file system, for rename
//	lock              held shared by Put, exclusively by Sweep; see [Folder.Sweep]
type Folder struct {
	dir string
}

var _ Store = (*Folder)(nil)

const (
	blobs = "sha256"
	temp  = "tmp"
	shard = 2 // leading digits of a digest that name its subfolder
)

// OpenFolder opens the store in dir, and makes it when there is none. It fails
// when dir cannot be written to. New folders are for their owner alone (mode
// 0700), and so is every blob (0600): student work is in them.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	if err := f.make(); err != nil {
		return nil, fmt.Errorf("open blob folder %s (it must be a folder that this user may write to): %w", dir, err)
	}
	return f, nil
}

// make creates what is missing. Every shard is made here and at once, so that
// Put never has a folder to make, whose own entry it would have to sync.
func (f *Folder) make() error {
	changed := []string{filepath.Join(f.dir, blobs), f.dir}
	if _, err := os.Stat(f.dir); errors.Is(err, fs.ErrNotExist) {
		changed = append(changed, filepath.Dir(f.dir))
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{temp, blobs} {
		if err := mkdir(filepath.Join(f.dir, name)); err != nil {
			return err
		}
	}
	for i := range 256 {
		if err := mkdir(filepath.Join(f.dir, blobs, fmt.Sprintf("%02x", i))); err != nil {
			return err
		}
	}
	if err := f.tryWrite(); err != nil {
		return err
	}
	for _, dir := range changed {
		if err := syncPath(dir); err != nil {
			return err
		}
	}
	return nil
}

// tryWrite takes the lock and makes a file, so that a folder which does not
// allow that is found out at the start and not by the first Put.
func (f *Folder) tryWrite() error {
	unlock, err := f.lock(shared)
	if err != nil {
		return err
	}
	unlock()
	t, err := f.create()
	if err != nil {
		return err
	}
	t.discard()
	return nil
}

// mkdir makes dir unless it is there.
func mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// path returns where the blob d lies.
func (f *Folder) path(d Digest) string {
	name := d.String()
	return filepath.Join(f.dir, blobs, name[:shard], name[shard:])
}

// Open implements [Store].
func (f *Folder) Open(_ context.Context, d Digest) (Blob, error) {
	file, err := os.Open(f.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open blob %s: %w", d, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close() // it was only read
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	return &openFile{File: file, size: info.Size()}, nil
}

// openFile is a Blob that is a file.
type openFile struct {
	*os.File
	size int64
}

func (o *openFile) Size() int64 { return o.size }
