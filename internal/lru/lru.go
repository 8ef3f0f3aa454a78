// Package lru has a cache that is bounded by the number and by the bytes of its values. Clients
// decide what such a cache holds, so a bound on the number alone does not bound its memory.
package lru

import (
	"hash/maphash"
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A Cache holds the most recently used values by their keys. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	maxCount, maxBytes int

	mu      sync.Mutex
	entries *simplelru.LRU[K, entry[V]]
	bytes   int
	// offered are the hashes of the latest keys of AddRepeated, at the index hash modulo length.
	offered [4096]uint64
	seed    maphash.Seed
}

type entry[V any] struct {
	value V
	bytes int
}

// New returns a cache of at most maxCount values with at most maxBytes bytes together.
func New[K comparable, V any](maxCount, maxBytes int) *Cache[K, V] {
	entries, _ := simplelru.NewLRU[K, entry[V]](math.MaxInt, nil) // fails only for a size below 1
	return &Cache[K, V]{maxCount: maxCount, maxBytes: maxBytes, entries: entries, seed: maphash.MakeSeed()}
}

// Get returns the value of a key, which becomes the most recently used one.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Get(key)
	return e.value, ok
}

// Add adds a value of some bytes, or replaces the value of its key. It returns the keys of the values
// that it removed, the least recently used ones. A value that alone exceeds the limit is not added, and
// its key is the only one that Add removes.
func (c *Cache[K, V]) Add(key K, value V, bytes int) (removed []K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, _ := c.entries.Peek(key)
	if bytes > c.maxBytes {
		c.entries.Remove(key)
		c.bytes -= old.bytes
		return []K{key}
	}
	c.entries.Add(key, entry[V]{value, bytes})
	c.bytes += bytes - old.bytes
	for c.entries.Len() > c.maxCount || c.bytes > c.maxBytes {
		oldest, e, _ := c.entries.RemoveOldest()
		c.bytes -= e.bytes
		removed = append(removed, oldest)
	}
	return removed
}

// Remove removes the value of a key, if the cache has one.
func (c *Cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, _ := c.entries.Peek(key)
	c.entries.Remove(key)
	c.bytes -= old.bytes
}

// AddRepeated is Add for a key that it was recently called with before, and does nothing for another
// key. So a cache whose keys come from clients has no values that are used only once.
func (c *Cache[K, V]) AddRepeated(key K, value V, bytes int) (removed []K) {
	if !c.Repeated(key) {
		return nil
	}
	return c.Add(key, value, bytes)
}

// Repeated reports whether AddRepeated or Repeated was recently called with the key, and records the call.
// Keys with the same hash are the same key for it.
func (c *Cache[K, V]) Repeated(key K) bool {
	hash := maphash.Comparable(c.seed, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	latest := &c.offered[hash%uint64(len(c.offered))]
	if *latest == hash {
		return true
	}
	*latest = hash
	return false
}

// Len returns the number of values.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries.Len()
}

// Bytes returns the sum of the bytes of all values.
func (c *Cache[K, V]) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
