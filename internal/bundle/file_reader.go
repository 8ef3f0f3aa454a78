package bundle

import (
	"errors"
	"io"
)

// errDirectoryTooLarge stops the reading of an endless central directory.
var errDirectoryTooLarge = errors.New("central directory is over the limit")

// fileReader reads the file of a bundle. It marks the file's own failures with
// readError. While limited is set, it fails after the remaining bytes, because
// archive/zip ignores the counts in the file and reads entries until they end.
type fileReader struct {
	file      io.ReaderAt
	size      int64
	limited   bool  // set only while one goroutine reads the directory
	remaining int64 // bytes that may still be read while limited
}

// ReadAt reads from the file. For an offset outside the file, which only a
// damaged zip requests, it returns io.EOF.
func (f *fileReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= f.size {
		return 0, io.EOF
	}
	if f.limited {
		if f.remaining -= int64(len(p)); f.remaining < 0 {
			return 0, errDirectoryTooLarge
		}
	}
	n, err := f.file.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}
