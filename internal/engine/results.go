package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Results is a results bundle. It lies in a file that is gone once it is closed, and on
// most systems also when the program is killed before that.
type Results struct {
	Format Format
	file   *os.File
	*io.SectionReader
}

// Close removes the results.
func (r *Results) Close() error {
	err := r.file.Close()
	_ = os.Remove(r.file.Name()) // where an open file can not be removed
	return err
}

// spool returns a file in dir that has no name any more, where the system can do that.
func spool(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "results-*")
	if err != nil {
		return nil, fmt.Errorf("make room for results: %w", err)
	}
	_ = os.Remove(f.Name())
	return f, nil
}

// keep makes results of a file, of which it takes care also when it fails.
func keep(f *os.File, format Format) (*Results, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keep results: %w", err), discard(f))
	}
	return &Results{format, f, io.NewSectionReader(f, 0, size)}, nil
}

func discard(f *os.File) error { return (&Results{file: f}).Close() }

// Keep makes results of what r has, in a file in dir; an empty dir is the system's place for
// temporary files.
func Keep(dir string, format Format, r io.Reader) (*Results, error) {
	f, err := spool(dir)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(f, r); err != nil {
		return nil, errors.Join(fmt.Errorf("keep results: %w", err), discard(f))
	}
	return keep(f, format)
}
