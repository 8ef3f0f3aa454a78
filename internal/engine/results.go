package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Results is a results bundle in a temporary file. The file is removed by Close, and on most
// systems also if the process is killed.
type Results struct {
	Format Format
	file   *os.File
	*io.SectionReader
}

// Close removes the results.
func (r *Results) Close() error {
	err := r.file.Close()
	_ = os.Remove(r.file.Name()) // on systems that cannot remove an open file
	return err
}

// createTemp creates a temporary file in dir, which is already unlinked if the system supports
// that.
func createTemp(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "results-*")
	if err != nil {
		return nil, fmt.Errorf("create a file for results: %w", err)
	}
	_ = os.Remove(f.Name())
	return f, nil
}

// newResults returns results with the file f, which it removes after an error.
func newResults(f *os.File, format Format) (*Results, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write results: %w", err), discard(f))
	}
	return &Results{format, f, io.NewSectionReader(f, 0, size)}, nil
}

func discard(f *os.File) error { return (&Results{file: f}).Close() }

// SpoolResults copies r to a temporary file in dir and returns it as results. An empty dir is
// the default directory for temporary files.
func SpoolResults(dir string, format Format, r io.Reader) (*Results, error) {
	f, err := createTemp(dir)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(f, r); err != nil {
		return nil, errors.Join(fmt.Errorf("write results: %w", err), discard(f))
	}
	return newResults(f, format)
}
