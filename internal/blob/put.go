package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/momotor/resultgraph/internal/filelock"
)

// Put implements [Store]. It writes a temporary file, syncs it, renames it to its final name
// and syncs the folder: a file with a final name always has its whole content, even after a
// power failure. Nearly all of the cost is the two syncs, which parallel Puts share. For many
// small blobs see [Folder.Batch].
func (f *Folder) Put(ctx context.Context, r io.Reader) (Digest, int64, error) {
	t, err := f.writeTemp(ctx, r)
	if err != nil {
		return Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	if err := f.commit(t); err != nil {
		return Digest{}, 0, fmt.Errorf("put blob %s: %w", t.digest, err)
	}
	return t.digest, t.size, nil
}

// A tempFile holds content before it has its final name.
type tempFile struct {
	*os.File
	digest  Digest
	size    int64
	renamed bool // to its final name; other files may reuse the temporary name
}

// createTemp creates an empty temporary file that only the owner can read.
func (f *Folder) createTemp() (*tempFile, error) {
	file, err := os.CreateTemp(f.temp, "put-*")
	if err != nil {
		return nil, err
	}
	return &tempFile{File: file}, nil
}

// discard closes the file, and removes it unless it was renamed. The next start removes it if this
// fails.
func (t *tempFile) discard() {
	_ = t.Close()
	if !t.renamed {
		_ = os.Remove(t.Name())
	}
}

// writeTemp reads r to its end into a temporary file. After an error no file is left.
func (f *Folder) writeTemp(ctx context.Context, r io.Reader) (*tempFile, error) {
	t, err := f.createTemp()
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	t.size, err = io.Copy(io.MultiWriter(h, t.File), contextReader{ctx, sourceReader{r}})
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	h.Sum(t.digest[:0])
	return t, nil
}

// commit makes t durable and renames it. It takes milliseconds, so it does not watch a
// context.
func (f *Folder) commit(t *tempFile) error {
	defer t.discard()
	existing, err := f.touchExisting(t)
	if err != nil {
		return err
	}
	if !existing {
		if err := f.sync(t.File); err != nil {
			return err
		}
		if err := f.rename(t); err != nil {
			return err
		}
	}
	// Existing content needs this too: the Put that wrote it may not have synced the folder
	// yet.
	return f.syncPath(filepath.Dir(f.path(t.digest)))
}

// rename gives the synced file t its final name.
func (f *Folder) rename(t *tempFile) error {
	unlock, err := f.lock(filelock.Shared)
	if err != nil {
		return err
	}
	defer unlock()
	// The last byte of a slow reader may have arrived long ago, but the age of a blob counts
	// from here.
	if err := touch(t.Name()); err != nil {
		return err
	}
	if err := os.Rename(t.Name(), f.path(t.digest)); err != nil {
		return err
	}
	t.renamed = true
	return nil
}

// touchExisting sets the age of a stored blob with the content of t to zero, and reports
// whether there is one. t must be open.
func (f *Folder) touchExisting(t *tempFile) (bool, error) {
	if !f.hasContent(t) {
		return false, nil
	}
	unlock, err := f.lock(filelock.Shared)
	if err != nil {
		return false, err
	}
	defer unlock()
	err = touch(f.path(t.digest))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // swept since
	}
	return err == nil, err
}

// hasContent reports whether the content of t is stored. It compares every byte, so that content
// replaces a blob that is damaged or cannot be read.
func (f *Folder) hasContent(t *tempFile) bool {
	stored, err := os.Open(f.path(t.digest))
	if err != nil {
		return false // rename will return any other error again
	}
	defer stored.Close()
	info, err := stored.Stat()
	return err == nil && info.Size() == t.size && equalContent(stored, io.NewSectionReader(t, 0, t.size))
}

// equalContent reports whether two readers have the same content until the end of the first.
func equalContent(a, b io.Reader) bool {
	const chunk = 64 << 10
	bufferA, bufferB := make([]byte, chunk), make([]byte, chunk)
	for {
		n, err := io.ReadFull(a, bufferA)
		if m, _ := io.ReadFull(b, bufferB[:n]); m != n || !bytes.Equal(bufferA[:n], bufferB[:n]) {
			return false
		}
		if err != nil {
			return err == io.EOF || err == io.ErrUnexpectedEOF
		}
	}
}

// touch sets the modification time of a file to now.
func touch(path string) error {
	now := time.Now()
	return os.Chtimes(path, now, now)
}

// syncPath makes a folder's entries, or a file's content, durable.
func (f *Folder) syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.sync(file)
	_ = file.Close() // read-only, so nothing is lost
	return err
}

// A ReadError is a failure of the reader that was passed to Put, unlike a failure to store
// its content.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return "read content: " + e.Err.Error() }

func (e *ReadError) Unwrap() error { return e.Err }

// A sourceReader marks the failures of a reader with ReadError.
type sourceReader struct{ r io.Reader }

func (s sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = &ReadError{err}
	}
	return n, err
}

// A contextReader fails once ctx is done. It checks before each read and cannot interrupt a
// read that blocks.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
