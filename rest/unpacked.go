package rest

import (
	"context"
	"errors"
	"io"

	"github.com/momotor/resultgraph/internal/bundle"
)

// unpacked is a member of a bundle as http.ServeContent wants it. To go back it begins
// again, and to go on it unpacks what it skips, but only once there is something to read.
//
// The last bytes come only after all have been checked against the zip's directory, so
// that a damaged member never arrives whole.
type unpacked struct {
	bundle.Member
	ctx     context.Context
	archive *bundle.Archive
	r       io.ReadCloser
	stands  int64 // the place of r
	wanted  int64 // the place to read from next
}

// Seek sets the place to read from next.
func (m *unpacked) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += m.wanted
	case io.SeekEnd:
		offset += m.Size
	}
	if offset < 0 {
		return 0, errors.New("seek before the start of a file")
	}
	m.wanted = offset
	return offset, nil
}

// Read unpacks, until the request that it is for ends.
func (m *unpacked) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	if m.wanted >= m.Size {
		return 0, io.EOF
	}
	if err := m.move(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.stands += int64(n)
	if err == nil && m.stands >= m.Size {
		err = m.finish()
	}
	if err != nil && err != io.EOF {
		return 0, err
	}
	m.wanted = m.stands
	return n, err
}

// move unpacks up to the place that is wanted.
func (m *unpacked) move() error {
	if m.wanted < m.stands {
		if err := m.again(); err != nil {
			return err
		}
	}
	for m.stands < m.wanted {
		n, err := io.CopyN(io.Discard, m.r, min(m.wanted-m.stands, 1<<20))
		m.stands += n
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err = errors.Join(err, m.ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

func (m *unpacked) again() error {
	r, _, err := m.archive.Open(m.Name)
	if err != nil {
		return err
	}
	m.r.Close()
	m.r, m.stands = r, 0
	return nil
}

// finish reads the end, where the size and the checksum are checked.
func (m *unpacked) finish() error {
	_, err := io.ReadFull(m.r, make([]byte, 1))
	return err
}

// Close gives back what unpacking needs.
func (m *unpacked) Close() error { return m.r.Close() }
