// Package spool separates the producer of data from a slow consumer. A Spool never makes its writer
// wait: it keeps the bytes that its reader has not taken yet in memory, or in a temporary file when
// memory is short. A Pool bounds the bytes of all spools.
package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// ErrFull is the error of Open when other spools use the bytes of the pool.
var ErrFull = errors.New("the spools of other responses use all space")

// A Pool bounds the bytes of its spools. It is safe for concurrent use.
type Pool struct {
	maxBytes, maxMemory int64
	// create creates the file of a spool.
	create func() (file, error)
	now    func() time.Time

	mu            sync.Mutex
	bytes, memory int64
	byOwner       map[any]int64
}

// A file is a temporary file.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// NewPool returns a pool of maxBytes bytes. At most maxMemory of these bytes are in memory, and the
// rest is in temporary files in the folder dir; "" is the default folder of the system.
func NewPool(dir string, maxBytes, maxMemory int64) *Pool {
	create := func() (file, error) { return createUnlinked(dir) }
	return &Pool{maxBytes: maxBytes, maxMemory: maxMemory, create: create, now: time.Now, byOwner: map[any]int64{}}
}

// createUnlinked creates a temporary file and unlinks it, so that its space is released when it is
// closed or the program ends.
func createUnlinked(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "resultgraph-spool-")
	if err != nil {
		return nil, fmt.Errorf("create a temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("unlink a temporary file: %w", err)
	}
	return f, nil
}

// Open returns an empty spool for at most maxBytes bytes. They are reserved until the spool is
// closed; after that, only the bytes that were written are, until the reader ends. Open fails with
// ErrFull if the pool has fewer bytes left, or if the owner would use more than a quarter of the pool.
func (p *Pool) Open(owner any, maxBytes int64) (*Spool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+maxBytes > p.maxBytes || p.byOwner[owner]+maxBytes > max(p.maxBytes/4, maxBytes) {
		return nil, ErrFull
	}
	p.bytes += maxBytes
	p.byOwner[owner] += maxBytes
	s := &Spool{pool: p, owner: owner, maxBytes: maxBytes, reserved: maxBytes}
	s.changed.L = &s.mu
	return s, nil
}

// release gives reserved bytes back.
func (p *Pool) release(owner any, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes -= n
	if p.byOwner[owner] -= n; p.byOwner[owner] == 0 {
		delete(p.byOwner, owner)
	}
}

// Bytes returns the number of reserved bytes.
func (p *Pool) Bytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// chunkSize is the size of the parts in memory.
const chunkSize = 256 << 10

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// takeChunk returns memory for a part, or nil if memory is short.
func (p *Pool) takeChunk() *[chunkSize]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory+chunkSize > p.maxMemory {
		return nil
	}
	p.memory += chunkSize
	return chunks.Get().(*[chunkSize]byte)
}

func (p *Pool) returnChunk(c *[chunkSize]byte) {
	chunks.Put(c)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.memory -= chunkSize
}
