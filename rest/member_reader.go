package rest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/momotor/resultgraph/internal/bundle"
)

// A memberReader reads a member of a bundle for http.ServeContent. A seek only sets a target. The
// next read unpacks up to the target, from the start of the member if the target is before the
// position.
//
// It returns the last bytes only after it has verified the size and checksum, so a client never
// gets a damaged member in full.
type memberReader struct {
	bundle.Member
	sha256   string // of the bundle
	ctx      context.Context
	archive  *bundle.Archive
	reader   io.ReadCloser
	position int64 // position of reader in the member
	target   int64 // position of the next read
}

// Seek implements io.Seeker.
func (m *memberReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += m.target
	case io.SeekEnd:
		offset += m.Size
	}
	if offset < 0 {
		return 0, errors.New("seek before the start of a file")
	}
	m.target = offset
	return offset, nil
}

// Read implements io.Reader. It fails after the request has ended. Errors name the bundle's file.
func (m *memberReader) Read(p []byte) (int, error) {
	n, err := m.read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read %s of blob %s: %w", m.Name, m.sha256, err)
	}
	return n, err
}

func (m *memberReader) read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	if m.target >= m.Size {
		return 0, io.EOF
	}
	if err := m.advance(); err != nil {
		return 0, err
	}
	n, err := m.reader.Read(p)
	m.position += int64(n)
	if err == nil && m.position >= m.Size {
		err = m.verifyEnd()
	}
	if err != nil && err != io.EOF {
		return 0, err
	}
	m.target = m.position
	return n, err
}

// advance unpacks up to the target.
func (m *memberReader) advance() error {
	if m.target < m.position {
		if err := m.reopen(); err != nil {
			return err
		}
	}
	for m.position < m.target {
		n, err := io.CopyN(io.Discard, m.reader, min(m.target-m.position, 1<<20))
		m.position += n
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err = errors.Join(err, m.ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

func (m *memberReader) reopen() error {
	r, _, err := m.archive.Open(m.Name)
	if err != nil {
		return err
	}
	m.reader.Close()
	m.reader, m.position = r, 0
	return nil
}

// verifyEnd reads the end, where the reader checks size and checksum.
func (m *memberReader) verifyEnd() error {
	_, err := io.ReadFull(m.reader, make([]byte, 1))
	return err
}

// Close closes the member.
func (m *memberReader) Close() error { return m.reader.Close() }
