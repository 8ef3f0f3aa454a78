package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/momotor/resultgraph/internal/filelock"
)

// ownerFile is the name of the file with the id of the store that the blobs belong to. It is in the same
// folder, so a copy of the folder includes it.
const ownerFile = "store"

// OwnerPath returns the path of the file with the owner's id.
func (f *Folder) OwnerPath() string { return filepath.Join(f.dir, ownerFile) }

// Owner returns the id of the store that the folder belongs to; "" if it belongs to none yet.
func (f *Folder) Owner() (string, error) {
	text, err := os.ReadFile(f.OwnerPath())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the owner of the blob folder: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// SetOwner records the id of the store that the folder belongs to, and returns the owner: another
// process may have recorded one before.
func (f *Folder) SetOwner(id string) (owner string, err error) {
	unlock, err := f.lock(filelock.Exclusive)
	if err != nil {
		return "", err
	}
	defer unlock()
	if owner, err = f.Owner(); owner != "" || err != nil {
		return owner, err
	}
	temp := filepath.Join(f.temp, ownerFile)
	err = errors.Join(os.WriteFile(temp, []byte(id+"\n"), 0o600), f.syncPath(temp))
	if err == nil {
		err = errors.Join(os.Rename(temp, f.OwnerPath()), f.syncPath(f.dir))
	}
	if err != nil {
		return "", fmt.Errorf("record the owner of the blob folder: %w", err)
	}
	return id, nil
}

// IsEmpty reports whether the folder has no blobs.
func (f *Folder) IsEmpty() (bool, error) {
	for _, shard := range shards() {
		entries, err := os.ReadDir(filepath.Join(f.dir, blobsDir, shard))
		if err != nil || len(entries) > 0 {
			return false, err
		}
	}
	return true, nil
}

// Has reports whether a blob is stored.
func (f *Folder) Has(d Digest) bool {
	_, err := os.Lstat(f.path(d))
	return err == nil
}
