package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/momotor/resultgraph/internal/filelock"
)

// A Folder is a [Store] in a folder of a local file system. Several processes may use one
// folder at once.
//
// Layout:
//
//	sha256/ab/cdef…   a blob, named after its digest; its modification time is the last Put
//	tmp/              files being written, on the same file system so that rename works
//	lock              held shared by Put, exclusively by Sweep; see [Folder.Sweep]
type Folder struct {
	dir string

	// sync makes the content of a file or the entries of a folder durable, and syncFileSystem the
	// whole file system of a file. Tests record their calls.
	sync, syncFileSystem func(*os.File) error
}

var _ Store = (*Folder)(nil)

const (
	blobsDir    = "sha256"
	tempDir     = "tmp"
	shardDigits = 2 // leading digits of a digest that name its subfolder
)

// OpenFolder opens the store in dir and creates it if it does not exist. It fails if dir is
// not writable. Only the owner can read new folders (mode 0700) and blobs (0600), because
// they contain student work.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir, sync: (*os.File).Sync, syncFileSystem: syncFileSystem}
	if err := f.initialize(); err != nil {
		return nil, fmt.Errorf("open blob folder %s (it must be a folder that this user can write to): %w", dir, err)
	}
	return f, nil
}

// initialize creates the folders that are missing. It creates every shard at once, so that Put
// never has to create a folder and sync its parent.
func (f *Folder) initialize() error {
	changed := []string{filepath.Join(f.dir, blobsDir), f.dir}
	if _, err := os.Stat(f.dir); errors.Is(err, fs.ErrNotExist) {
		changed = append(changed, filepath.Dir(f.dir))
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{tempDir, blobsDir} {
		if err := mkdir(filepath.Join(f.dir, name)); err != nil {
			return err
		}
	}
	for i := range 256 {
		if err := mkdir(filepath.Join(f.dir, blobsDir, fmt.Sprintf("%02x", i))); err != nil {
			return err
		}
	}
	if err := f.checkWritable(); err != nil {
		return err
	}
	for _, dir := range changed {
		if err := f.syncPath(dir); err != nil {
			return err
		}
	}
	return nil
}

// checkWritable takes the lock and creates a file, so that opening a read-only folder fails
// at the start and not at the first Put.
func (f *Folder) checkWritable() error {
	unlock, err := f.lock(filelock.Shared)
	if err != nil {
		return err
	}
	unlock()
	t, err := f.createTemp()
	if err != nil {
		return err
	}
	t.discard()
	return nil
}

// mkdir creates dir unless it exists.
func mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// lock waits for the lock of the folder. It is only held for a few system calls, and never while a
// disk is synced.
func (f *Folder) lock(mode filelock.Mode) (unlock func(), err error) {
	return filelock.Lock(filepath.Join(f.dir, "lock"), mode)
}

// path returns the path of the blob d.
func (f *Folder) path(d Digest) string {
	name := d.String()
	return filepath.Join(f.dir, blobsDir, name[:shardDigits], name[shardDigits:])
}

// Open implements [Store].
func (f *Folder) Open(_ context.Context, d Digest) (Blob, error) {
	file, err := os.Open(f.path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open blob %s: %w", d, fs.ErrNotExist) // without the path
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close() // read-only, so nothing is lost
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	return &openFile{File: file, size: info.Size()}, nil
}

// An openFile implements Blob with a file.
type openFile struct {
	*os.File
	size int64
}

func (o *openFile) Size() int64 { return o.size }
