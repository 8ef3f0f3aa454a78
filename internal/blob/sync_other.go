//go:build unix && !linux

package blob

import "context"

// flush makes the files and folders durable, one by one.
func (f *Folder) flush(ctx context.Context, paths []string) error {
	for _, path := range paths {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := syncPath(path); err != nil {
			return err
		}
	}
	return nil
}
