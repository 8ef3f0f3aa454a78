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
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/filename"
)

// A source is a bundle of the import folder, opened and read.
type source struct {
	*bundle.Bundle
	path  string
	file  io.ReaderAt
	size  int64
	close func()
}

// openBundle opens the bundle at a path that a line names, and checks that it is one of
// its kind. All errors refuse the line.
func (rd *reading) openBundle(name string, kind bundle.Kind) (*source, error) {
	s, err := rd.openFile(name)
	if err != nil {
		return nil, fmt.Errorf("the bundle %s can not be read: %w", shown(name), plain(err))
	}
	s.Bundle, err = bundle.Open(s.file, s.size, rd.Limits)
	if err == nil && s.Kind() != kind {
		err = fmt.Errorf("it is a %s bundle, and must be a %s bundle", s.Kind(), kind)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("the bundle %s: %w", shown(name), err)
	}
	return s, nil
}

// plain takes what the system says about a path out of its wrapping.
func plain(err error) error {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.As(err, &p):
		return p.Err
	}
	return err
}

// openFile opens a regular file. It looks before it opens: to open a pipe would wait for
// whoever writes into it.
func (rd *reading) openFile(name string) (*source, error) {
	info, err := fs.Stat(rd.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
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
		return &source{path: name, file: at, size: size, close: func() { f.Close() }}, nil
	}
	defer f.Close()
	return spool(name, f, size)
}

// inMemory is the size up to which a file of a zip is read into memory.
const inMemory = 4 << 20

// spool copies a file that can not be read at any offset: into memory, or if it is large
// into a temporary file.
func spool(name string, r io.Reader, size int64) (*source, error) {
	if size <= inMemory {
		content := make([]byte, size)
		if _, err := io.ReadFull(r, content); err != nil {
			return nil, err
		}
		// The end of a zip's file is where its checksum is compared.
		if _, err := r.Read(make([]byte, 1)); err != io.EOF {
			return nil, cmp.Or(err, errors.New("it is longer than the zip says"))
		}
		return &source{path: name, file: bytes.NewReader(content), size: size, close: func() {}}, nil
	}
	t, err := os.CreateTemp("", "resultgraph-import-")
	if err != nil {
		return nil, err
	}
	drop := func() { t.Close(); os.Remove(t.Name()) }
	if n, err := io.Copy(t, io.LimitReader(r, size+1)); err != nil || n != size {
		drop()
		return nil, cmp.Or(err, errors.New("it does not have the size that the zip says"))
	}
	return &source{path: name, file: t, size: size, close: drop}, nil
}

// A wanted is a bundle that a line names, or not.
type wanted struct {
	path *string
	kind bundle.Kind
}

// openBundles opens what is named: nil stays nil. They stay open until done is called.
func (rd *reading) openBundles(all ...wanted) (sources []*source, done func(), err error) {
	sources = make([]*source, len(all))
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
		if sources[i], err = rd.openBundle(*w.path, w.kind); err != nil {
			done()
			return nil, nil, err
		}
	}
	return sources, done, nil
}

// keep puts a bundle, if there is one, into the blob store and returns its row.
func (rd *reading) keep(ctx context.Context, s *source, kind db.BundleKind) (*db.Bundle, error) {
	if s == nil {
		return nil, nil
	}
	content := &watched{r: io.NewSectionReader(s.file, 0, s.size)}
	digest, size, err := rd.blobs.Put(ctx, content)
	if content.err != nil {
		return nil, fmt.Errorf("the bundle %s can not be read: %w", shown(s.path), plain(content.err))
	}
	if err != nil {
		return nil, &stop{err}
	}
	sum := digest.String()
	b := &db.Bundle{Kind: kind, Name: filename.Sanitize(s.path), Format: db.FormatXML, SHA256: &sum, Size: size}
	if s.Format() == bundle.FormatZip {
		b.Format = db.FormatZip
	}
	return b, nil
}

// watched is a reader that remembers how it failed.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
