package answers

import (
	"bytes"
	"sync"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/lru"
)

// A cache keeps answers to questions that were asked twice. Its answers have at most maxBytes bytes. Large
// answers that it has removed can still be on the way to clients: together with those that it has and that
// are on the way, they have at most maxBytes bytes too.
type cache struct {
	entries  *lru.Cache[question, *entry]
	maxBytes int

	mu sync.Mutex
	// lent are the numbers of clients that an answer is on the way to, and lentBytes is the sum of the sizes
	// of these answers.
	lent      map[*entry]int
	lentBytes int
	// collecting is set while a streamed answer is collected. One at a time is.
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
	return &cache{entries: lru.New[question, *entry](maxBytes/entryOverhead, maxBytes), maxBytes: maxBytes, lent: map[*entry]int{}}
}

func (c *cache) get(q question) *entry {
	if c == nil {
		return nil
	}
	e, _ := c.entries.Get(q)
	return e
}

// wants reports whether the answer to a question is to be added: the second time that it is asked.
func (c *cache) wants(q question) bool { return c != nil && c.entries.Repeated(q) }

func (c *cache) maxEntry() int { return c.maxBytes / maxEntryFraction }

// add adds an answer, which it copies.
func (c *cache) add(q question, data []byte, v *db.Versions) {
	if len(data) <= c.maxEntry() {
		c.entries.Add(q, &entry{bytes.Clone(data), v}, len(data)+entryOverhead)
	}
}

// lend reserves space for an answer that stays in memory until release is called. It returns nil if
// there is no space.
func (c *cache) lend(e *entry) (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lent[e] == 0 {
		if c.lentBytes+len(e.data) > c.maxBytes {
			return nil
		}
		c.lentBytes += len(e.data)
	}
	c.lent[e]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.lent[e]--; c.lent[e] == 0 {
			delete(c.lent, e)
			c.lentBytes -= len(e.data)
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
