// Package spool separates the producer of data from a slow consumer. A Spool never makes its writer
// wait: it keeps the bytes that its reader has not taken yet in memory, or in a temporary file when
// memory is short. A Pool bounds the bytes of all spools.
package spool

import (
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/tempfile"
)

// ErrFull is the error of a large response that has no place in its pool.
var ErrFull = &fault.Error{
	Kind: fault.Unavailable, RetryAfter: 5 * time.Second,
	Message: "Too many large responses wait for their clients: try again later.",
}

// A Pool bounds the bytes of its spools. It is safe for concurrent use.
type Pool struct {
	maxBytes, maxMemory int64
	// create creates the file of a spool.
	create func() (file, error)
	now    func() time.Time
	log    *slog.Logger

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
// rest is in temporary files in the folder dir; "" is the default folder of the system. The pool logs
// bodies that cannot be stored there.
func NewPool(dir string, maxBytes, maxMemory int64, log *slog.Logger) *Pool {
	create := func() (file, error) { return tempfile.Create(dir, "spool") }
	return &Pool{maxBytes: maxBytes, maxMemory: maxMemory, create: create, now: time.Now, log: log, byOwner: map[any]int64{}}
}

// Open returns an empty spool for at most maxBytes bytes. They are reserved until the spool is
// closed; after that, only the bytes that were written are, until the reader ends. Open fails with
// ErrFull if the pool has fewer bytes left, or if the owner would use more than a quarter of the pool.
func (p *Pool) Open(owner any, maxBytes int64) (*Spool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.hasRoom(owner, maxBytes) {
		return nil, ErrFull
	}
	p.bytes += maxBytes
	p.byOwner[owner] += maxBytes
	s := &Spool{pool: p, owner: owner, maxBytes: maxBytes, reserved: maxBytes}
	s.changed.L = &s.mu
	return s, nil
}

// Check fails with ErrFull if Open would. It is for a producer that does not need to start then, and
// reserves nothing.
func (p *Pool) Check(owner any, maxBytes int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.hasRoom(owner, maxBytes) {
		return ErrFull
	}
	return nil
}

func (p *Pool) hasRoom(owner any, n int64) bool {
	return p.bytes+n <= p.maxBytes && p.byOwner[owner]+n <= max(p.maxBytes/4, n)
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
