package importer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/filename"
)

// A bundleFile is an open bundle of the import folder.
type bundleFile struct {
	*bundle.Bundle
	path  string
	file  io.ReaderAt
	size  int64
	close func()
}

// openBundle opens the bundle at a path and checks its kind. Its errors reject the line.
func (rd *batchReader) openBundle(ctx context.Context, name string, kind bundle.Kind) (*bundleFile, error) {
	s, err := rd.openFile(name)
	if err != nil {
		return nil, fmt.Errorf("the bundle %s cannot be read: %w", printable(name), unwrapPathError(err))
	}
	s.Bundle, err = bundle.Open(ctx, s.file, s.size, rd.Limits)
	if err == nil && s.Kind() != kind {
		err = fmt.Errorf("it is a %s bundle, but must be a %s bundle", s.Kind(), kind)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("the bundle %s: %w", printable(name), err)
	}
	return s, nil
}

// unwrapPathError returns the cause of an error about a path, for a message that names the
// path already.
func unwrapPathError(err error) error {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("the file does not exist")
	case errors.As(err, &p):
		return p.Err
	}
	return err
}

// openFile opens a regular file. It checks the type first, because opening a pipe blocks
// until another process writes to it.
func (rd *batchReader) openFile(name string) (*bundleFile, error) {
	info, err := fs.Stat(rd.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	size, most := info.Size(), cmp.Or(rd.Limits.Bytes, bundle.DefaultLimits().Bytes)
	if size > most {
		return nil, fmt.Errorf("it has %d bytes, and the limit is %d", size, most)
	}
	f, err := rd.files.Open(name)
	if err != nil {
		return nil, err
	}
	if at, ok := f.(io.ReaderAt); ok {
		return &bundleFile{path: name, file: at, size: size, close: func() { f.Close() }}, nil
	}
	defer f.Close()
	return spool(name, f, size)
}

// maxInMemoryBytes is the size up to which spool reads a file into memory.
const maxInMemoryBytes = 4 << 20

// spool copies a file without random access into memory or, if it is large, into a
// temporary file.
func spool(name string, r io.Reader, size int64) (*bundleFile, error) {
	if size <= maxInMemoryBytes {
		content := make([]byte, size)
		if _, err := io.ReadFull(r, content); err != nil {
			return nil, err
		}
		// A file in a zip compares its checksum at its end.
		if _, err := r.Read(make([]byte, 1)); err != io.EOF {
			return nil, cmp.Or(err, errors.New("it is longer than the zip declares"))
		}
		return &bundleFile{path: name, file: bytes.NewReader(content), size: size, close: func() {}}, nil
	}
	t, err := os.CreateTemp("", "resultgraph-import-")
	if err != nil {
		return nil, err
	}
	drop := func() { t.Close(); os.Remove(t.Name()) }
	if n, err := io.Copy(t, io.LimitReader(r, size+1)); err != nil || n != size {
		drop()
		return nil, cmp.Or(err, errors.New("it does not have the size that the zip declares"))
	}
	return &bundleFile{path: name, file: t, size: size, close: drop}, nil
}

// A bundleRef is the path of a bundle, or nil, and the required kind.
type bundleRef struct {
	path *string
	kind bundle.Kind
}

// openBundles opens bundles; the file for a nil path is nil. The caller calls done to close
// them.
func (rd *batchReader) openBundles(ctx context.Context, all ...bundleRef) (sources []*bundleFile, done func(), err error) {
	sources = make([]*bundleFile, len(all))
	done = func() {
		for _, s := range sources {
			if s != nil {
				s.close()
			}
		}
	}
	for i, w := range all {
		if w.path == nil {
			continue
		}
		if sources[i], err = rd.openBundle(ctx, *w.path, w.kind); err != nil {
			done()
			return nil, nil, err
		}
	}
	return sources, done, nil
}

// storeBundle writes a bundle to the blob store and returns its row. Both are nil when
// there is no bundle.
func (rd *batchReader) storeBundle(ctx context.Context, s *bundleFile, kind db.BundleKind) (*db.Bundle, error) {
	if s == nil {
		return nil, nil
	}
	digest, size, err := rd.blobs.Put(ctx, io.NewSectionReader(s.file, 0, s.size))
	var readErr *blob.ReadError
	if errors.As(err, &readErr) {
		return nil, fmt.Errorf("the bundle %s cannot be read: %w", printable(s.path), unwrapPathError(readErr.Err))
	}
	if err != nil {
		return nil, &fatalError{err}
	}
	sum := digest.String()
	b := &db.Bundle{Kind: kind, Name: filename.Sanitize(s.path), Format: db.FormatXML, SHA256: &sum, Size: size}
	if s.Format() == bundle.FormatZip {
		b.Format = db.FormatZip
	}
	return b, nil
}
