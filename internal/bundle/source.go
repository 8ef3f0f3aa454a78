package bundle

import (
	"errors"
	"io"
)

// errDirectory ends the reading of a central directory that goes on too long.
var errDirectory = errors.New("central directory is over the limit")

// source is the file under a bundle. It marks the file's own failures, and
// while a zip's directory is read it allows so many bytes and no more:
// archive/zip believes no count in the file and reads entries until they end.
type source struct {
	r       io.ReaderAt
	size    int64
	metered bool  // true only while the directory is read, by one goroutine
	left    int64 // bytes that may still be read while metered
}

// ReadAt reads from the file. An offset outside it, which only a damaged zip
// asks for, is its end and not a failure of the file.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.size {
		return 0, io.EOF
	}
	if s.metered {
		if s.left -= int64(len(p)); s.left < 0 {
			return 0, errDirectory
		}
	}
	n, err := s.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}
