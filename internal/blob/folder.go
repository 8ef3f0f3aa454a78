package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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
//	trash/abcdef…     a swept blob; its modification time is the sweep
//	tmp/process-…/    files that a process is writing, on the same file system so that rename works
//	lock              held shared by Put, exclusively by Sweep; see [Folder.Sweep]
//	store             the id of the store that the blobs belong to
type Folder struct {
	dir        string
	temp       string // the folder in tmp of this process
	unlockTemp func()
	log        *slog.Logger
	// sync makes the content of a file or the entries of a folder durable, and syncFileSystem the
	// whole file system of a file. Tests record their calls.
	sync, syncFileSystem func(*os.File) error
}

var _ Store = (*Folder)(nil)

const (
	blobsDir    = "sha256"
	tempDir     = "tmp"
	trashDir    = "trash"
	lockFile    = "lock"
	shardDigits = 2 // leading digits of a digest that name its subfolder
)

// OpenFolder opens the store in dir and creates it if it does not exist. It fails if dir is
// not writable. It removes the files that killed processes were writing, and logs those that remain. Only the owner can read new
// folders (mode 0700) and blobs (0600), because they contain student work. The caller should call
// Close.
func OpenFolder(dir string, log *slog.Logger) (*Folder, error) {
	f := &Folder{dir: dir, log: log, sync: (*os.File).Sync, syncFileSystem: syncFileSystem}
	if err := f.initialize(); err != nil {
		return nil, fmt.Errorf("open blob folder %s (it must be a folder that this user can write to): %w", dir, err)
	}
	return f, nil
}

// Close removes the temporary files of this process.
func (f *Folder) Close() error {
	defer f.unlockTemp()
	return os.RemoveAll(f.temp)
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
	for _, name := range []string{tempDir, trashDir, blobsDir} {
		if err := mkdir(filepath.Join(f.dir, name)); err != nil {
			return err
		}
	}
	for _, shard := range shards() {
		if err := mkdir(filepath.Join(f.dir, blobsDir, shard)); err != nil {
			return err
		}
	}
	if err := f.openTemp(); err != nil { // fails for a folder that is read-only
		return err
	}
	for _, dir := range changed {
		if err := f.syncPath(dir); err != nil {
			return err
		}
	}
	return nil
}

// shards returns the names of the subfolders of blobs.
func shards() []string {
	names := make([]string, 256)
	for i := range names {
		names[i] = fmt.Sprintf("%02x", i)
	}
	return names
}

// mkdir creates dir unless it exists.
func mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// lock waits for the lock of the folder. Put and Sweep hold it for a few system calls only, and never
// while the content of a blob is synced. It is held longer while leftovers are removed, and while the
// folder of a restored blob or of the owner is synced.
func (f *Folder) lock(mode filelock.Mode) (unlock func(), err error) {
	return filelock.Lock(filepath.Join(f.dir, lockFile), mode)
}

// path returns the path of the blob d.
func (f *Folder) path(d Digest) string {
	name := d.String()
	return filepath.Join(f.dir, blobsDir, name[:shardDigits], name[shardDigits:])
}
