package spool

// A Body is a complete body that waits for its reader.
type Body struct {
	size  int
	spool *Spool   // for a large body
	parts [][]byte // of any other body
}

// Body returns a body with the bytes of all parts. A body of more than chunkSize bytes is copied to a
// spool, so the caller should drop its parts; this fails with ErrFull if Open does, or if the temporary
// file cannot be written, which is logged. The caller must call Send. A pool that is nil keeps all parts.
func (p *Pool) Body(owner any, parts ...[]byte) (*Body, error) {
	b := &Body{}
	for _, part := range parts {
		b.size += len(part)
	}
	if p == nil || b.size <= chunkSize {
		b.parts = parts
		return b, nil
	}
	var err error
	if b.spool, err = p.store(owner, b.size, parts); err != nil && err != ErrFull {
		p.log.Error("a response cannot be stored in a temporary file", "error", err)
		err = ErrFull
	}
	return b, err
}

// store returns a closed spool with parts of size bytes.
func (p *Pool) store(owner any, size int, parts [][]byte) (*Spool, error) {
	s, err := p.Open(owner, int64(size))
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if _, err := s.Write(part); err != nil {
			s.Abort(err)
			s.endSide(err) // nobody will read it
			return nil, err
		}
	}
	s.Close()
	return s, nil
}

// Size returns the number of bytes.
func (b *Body) Size() int { return b.size }

// Send passes all bytes to write as Spool.Send does. It must be called once.
func (b *Body) Send(write func([]byte) error) error {
	if b.spool != nil {
		return b.spool.Send(write)
	}
	for _, part := range b.parts {
		if err := write(part); err != nil {
			return err
		}
	}
	return nil
}
