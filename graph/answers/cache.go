package answers

import (
	"bytes"
	"sync"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/lru"
)

// A cache keeps answers that were requested twice, by their digests. They have at most maxBytes bytes. The
// answers that are sent to clients without a copy have at most maxBytes bytes too, including answers that
// the cache has removed in the meantime.
type cache struct {
	entries  *lru.Cache[digest, *entry]
	maxBytes int

	mu sync.Mutex
	// shared has the number of clients that an answer is sent to without a copy, and sharedBytes is the sum
	// of the sizes of these answers.
	shared      map[*entry]int
	sharedBytes int
	// collecting is set while a streamed answer is collected. The cache collects one at a time.
	collecting bool
}

// An entry is an answer without errors.
type entry struct {
	data     []byte
	versions *db.Versions
}

// maxEntryFraction is the part of the cache that one answer may take.
const maxEntryFraction = 4

// entryOverhead estimates the memory of an entry without its data, with the versions of many courses.
const entryOverhead = 1024

// newCache returns a cache, or nil for no bytes. A nil cache keeps nothing.
func newCache(maxBytes int) *cache {
	if maxBytes <= 0 {
		return nil
	}
	return &cache{entries: lru.New[digest, *entry](maxBytes/entryOverhead, maxBytes), maxBytes: maxBytes, shared: map[*entry]int{}}
}

func (c *cache) get(d digest) *entry {
	if c == nil {
		return nil
	}
	e, _ := c.entries.Get(d)
	return e
}

// shouldAdd reports whether the answer with a digest is requested for the second time.
func (c *cache) shouldAdd(d digest) bool { return c != nil && c.entries.Repeated(d) }

func (c *cache) maxEntry() int { return c.maxBytes / maxEntryFraction }

// add adds an answer, which it copies.
func (c *cache) add(d digest, data []byte, v *db.Versions) {
	if len(data) <= c.maxEntry() {
		c.entries.Add(d, &entry{bytes.Clone(data), v}, len(data)+entryOverhead)
	}
}

// share reserves space for an answer that stays in memory until release is called. It returns nil if
// there is no space.
func (c *cache) share(e *entry) (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shared[e] == 0 {
		if c.sharedBytes+len(e.data) > c.maxBytes {
			return nil
		}
		c.sharedBytes += len(e.data)
	}
	c.shared[e]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.shared[e]--; c.shared[e] == 0 {
			delete(c.shared, e)
			c.sharedBytes -= len(e.data)
		}
	}
}

// startCollecting reports whether the caller may collect a streamed answer. Then it must call
// stopCollecting.
func (c *cache) startCollecting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ok := !c.collecting
	c.collecting = true
	return ok
}

func (c *cache) stopCollecting() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collecting = false
}
