package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
)

// ErrDamaged is the error of a blob that does not have its size or SHA-256.
var ErrDamaged = errors.New("the content is damaged")

// Open implements [Store]. A blob in the trash is restored.
func (f *Folder) Open(_ context.Context, d Digest, size int64) (Blob, error) {
	b, err := f.open(d, size)
	if errors.Is(err, fs.ErrNotExist) {
		if err = f.restore(d); err == nil {
			b, err = f.open(d, size)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fs.ErrNotExist // without the path
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	return b, nil
}

func (f *Folder) open(d Digest, size int64) (Blob, error) { return openFile(f.path(d), d, size) }

// openFile opens the file of the blob d.
func openFile(path string, d Digest, size int64) (Blob, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Size() != size {
		err = fmt.Errorf("%w: it has %d bytes instead of %d", ErrDamaged, info.Size(), size)
	}
	if err != nil {
		_ = file.Close() // read-only, so nothing is lost
		return nil, err
	}
	return &verifiedFile{file: file, digest: d, size: size, hash: sha256.New()}, nil
}

// A verifiedFile implements Blob with a file. It hashes what is read in one go from the start, and
// verifies the hash before it returns the last bytes.
type verifiedFile struct {
	file     *os.File // not embedded: its WriteTo would bypass Read
	digest   Digest
	size     int64
	position int64 // of the next Read
	hash     hash.Hash
	hashed   int64 // the number of bytes from the start in hash
}

func (v *verifiedFile) Size() int64 { return v.size }

func (v *verifiedFile) Close() error { return v.file.Close() }

func (v *verifiedFile) ReadAt(p []byte, off int64) (int, error) { return v.file.ReadAt(p, off) }

func (v *verifiedFile) Seek(offset int64, whence int) (int64, error) {
	position, err := v.file.Seek(offset, whence)
	if err != nil {
		return position, err
	}
	if v.position = position; position == 0 {
		v.hash.Reset()
		v.hashed = 0
	}
	return position, nil
}

func (v *verifiedFile) Read(p []byte) (int, error) {
	n, err := v.file.Read(p)
	damaged := err == io.EOF && v.position < v.size
	if v.position == v.hashed && n > 0 {
		v.hash.Write(p[:n])
		v.hashed += int64(n)
		damaged = v.hashed >= v.size && !bytes.Equal(v.hash.Sum(nil), v.digest[:])
	}
	v.position += int64(n)
	if damaged {
		return 0, fmt.Errorf("read blob %s: %w", v.digest, ErrDamaged)
	}
	return n, err
}

// Verify reads a blob from its start to its end, and fails with ErrDamaged if it does not have its
// SHA-256.
func Verify(b Blob) error {
	if _, err := b.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, b); err != nil {
		return err
	}
	_, err := b.Seek(0, io.SeekStart)
	return err
}
