package blob

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// flush makes the files and folders durable by one sync of their whole file system, which
// costs about as much for a thousand files as for one. It also waits for data that other
// programs have written there.
func (f *Folder) flush(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	dir, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	err = f.syncFileSystem(dir)
	_ = dir.Close() // read-only, so nothing is lost
	return err
}

func syncFileSystem(f *os.File) error { return os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd()))) }
