package spool

import (
	"errors"
	"fmt"
	"sync"
)

// A Spool passes bytes from one writer to one reader, in their order. The writer calls Write, and at
// the end Close or Abort. The reader calls Send once, in another goroutine.
type Spool struct {
	pool     *Pool
	owner    any
	maxBytes int64
	written  int64
	file     file // nil until memory is short
	fileSize int64

	mu      sync.Mutex
	changed sync.Cond
	parts   []part // that the reader has not taken yet
	closed  bool
	err     error // of the side that failed first
	// oneSideEnded is set when the writer or the reader has ended.
	oneSideEnded bool
	reserved     int64
}

// A part is bytes in memory, or bytes of the file if memory is nil.
type part struct {
	memory *[chunkSize]byte
	offset int64 // in the file
	size   int
}

// Write adds a copy of b. It does not wait for the reader. It fails if the reader has failed, if the
// spool gets more bytes than Open reserved, or if the temporary file cannot be written.
func (s *Spool) Write(b []byte) (int, error) {
	if s.written += int64(len(b)); s.written > s.maxBytes {
		return 0, fmt.Errorf("the response is larger than the limit of %d bytes", s.maxBytes)
	}
	for rest := b; len(rest) > 0; {
		n, err := s.writeMemory(rest)
		if err == nil && n == 0 {
			n, err = len(rest), s.writeFile(rest)
		}
		if err != nil {
			return len(b) - len(rest), err
		}
		rest = rest[n:]
	}
	return len(b), nil
}

// writeMemory adds the first bytes of b to memory. It returns 0 if memory is short.
func (s *Spool) writeMemory(b []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	if len(s.parts) == 0 || !s.parts[len(s.parts)-1].hasRoom() {
		memory := s.pool.takeChunk()
		if memory == nil {
			return 0, nil
		}
		s.parts = append(s.parts, part{memory: memory})
	}
	last := &s.parts[len(s.parts)-1]
	n = copy(last.memory[last.size:], b)
	last.size += n
	s.changed.Signal()
	return n, nil
}

func (p *part) hasRoom() bool { return p.memory != nil && p.size < chunkSize }

// writeFile adds b to the file.
func (s *Spool) writeFile(b []byte) (err error) {
	if s.file == nil {
		if s.file, err = s.pool.create(); err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(b, s.fileSize); err != nil {
		return fmt.Errorf("write a temporary file: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.parts = append(s.parts, part{offset: s.fileSize, size: len(b)})
	s.fileSize += int64(len(b))
	s.changed.Signal()
	return nil
}

// Close ends the data. The reader gets the bytes that it has not taken yet.
func (s *Spool) Close() {
	s.mu.Lock()
	s.closed = true
	s.pool.release(s.owner, s.reserved-s.written)
	s.reserved = s.written
	s.mu.Unlock()
	s.endSide(nil)
}

// Abort ends the data with an error, which the reader gets in place of the bytes that it has not taken
// yet.
func (s *Spool) Abort(err error) { s.endSide(err) }

// ErrUnreadable is the error of Send if the temporary file cannot be read.
var ErrUnreadable = errors.New("read a temporary file")

// Send passes all bytes to write, part by part, and returns after the last one. A part is valid until
// write returns. If write fails, so does the writer's next Write. After Abort, Send fails with its error.
// Send fails with ErrSlow if the calls of write take too long.
func (s *Spool) Send(write func([]byte) error) error {
	pace := pace{now: s.pool.now, write: write}
	err := s.send(pace.send)
	s.endSide(err)
	return err
}

func (s *Spool) send(write func([]byte) error) error {
	var buffer []byte
	for {
		p, err := s.next()
		switch {
		case err != nil || p.size == 0:
			return err
		case p.memory != nil:
			err = write(p.memory[:p.size])
			s.pool.returnChunk(p.memory)
		default:
			if buffer == nil {
				buffer = make([]byte, fileBufferSize)
			}
			if _, err = s.file.ReadAt(buffer[:p.size], p.offset); err != nil {
				err = fmt.Errorf("%w: %w", ErrUnreadable, err)
			} else {
				err = write(buffer[:p.size])
			}
		}
		if err != nil {
			return err
		}
	}
}

// fileBufferSize is the size of the buffer for reading the file. A slow reader holds it, in addition to
// the memory that the pool counts.
const fileBufferSize = 32 << 10

// next waits for the next part and takes it. At the end it returns an empty part.
func (s *Spool) next() (part, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.parts) == 0 && !s.closed && s.err == nil {
		s.changed.Wait()
	}
	if s.err != nil || len(s.parts) == 0 {
		return part{}, s.err
	}
	p := s.parts[0]
	if p.memory == nil && p.size > fileBufferSize {
		s.parts[0].offset += fileBufferSize
		s.parts[0].size -= fileBufferSize
		p.size = fileBufferSize
		return p, nil
	}
	s.parts = s.parts[1:]
	return p, nil
}

// endSide ends the side of the writer or of the reader. The side that ends last releases everything.
func (s *Spool) endSide(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.changed.Signal()
	if !s.oneSideEnded {
		s.oneSideEnded = true
		return
	}
	for _, p := range s.parts {
		if p.memory != nil {
			s.pool.returnChunk(p.memory)
		}
	}
	if s.file != nil {
		_ = s.file.Close() // unlinked, so nothing is lost
	}
	s.pool.release(s.owner, s.reserved)
}
