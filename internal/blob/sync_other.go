//go:build unix && !linux

package blob

import (
	"context"
	"os"
)

// flush makes the files and folders durable, one by one.
func (f *Folder) flush(ctx context.Context, paths []string) error {
	for _, path := range paths {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := f.syncPath(path); err != nil {
			return err
		}
	}
	return nil
}

// syncFileSystem is not available: flush does not call it.
func syncFileSystem(*os.File) error { return nil }
