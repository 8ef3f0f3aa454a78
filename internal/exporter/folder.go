package exporter

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/filelock"
	"github.com/momotor/resultgraph/internal/importer"
)

// The names in the folder of an export, next to the manifest and the folder of the files.
const (
	partName = importer.Manifest + ".part"
	lockName = "export.lock"
)

// A folder is the folder of an export. Only its owner can read it, because it has the work of students and
// the hashes of keys.
type folder struct {
	dir    string
	files  *blob.Folder
	unlock func()
}

// openFolder opens the folder of an export, and creates it if it does not exist. It refuses a folder with
// other content, and one that another process exports to.
func openFolder(dir string, log *slog.Logger) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the export: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the export: %w", err)
	}
	for _, entry := range entries {
		if !slices.Contains([]string{importer.Manifest, partName, lockName, importer.BundleFolder}, entry.Name()) {
			return nil, fmt.Errorf("%s is not the folder of an export, because it has %s: name a new folder", dir, entry.Name())
		}
	}
	unlock, err := filelock.Try(filepath.Join(dir, lockName), filelock.Exclusive)
	if errors.Is(err, filelock.ErrLocked) {
		return nil, fmt.Errorf("another process exports to %s", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("lock the folder of the export: %w", err)
	}
	files, err := blob.OpenFolder(filepath.Join(dir, importer.BundleFolder), log)
	if err != nil {
		unlock()
		return nil, err
	}
	return &folder{dir, files, unlock}, nil
}

func (f *folder) close() error {
	defer f.unlock()
	return f.files.Close()
}

// remove removes files, by their paths in the folder.
func (f *folder) remove(paths []string) error {
	for _, path := range paths {
		if err := os.Remove(filepath.Join(f.dir, path)); err != nil {
			return fmt.Errorf("remove a file that the export does not need: %w", err)
		}
	}
	return nil
}
