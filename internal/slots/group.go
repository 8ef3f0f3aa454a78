package slots

import (
	"context"
	"sync"
	"time"
)

// A Group has n slots for each key, such as each caller. Callers with one key do not delay those with
// another. It keeps only keys with callers that run or wait. A Group is safe for concurrent use.
type Group[K comparable] struct {
	n       int
	maxWait time.Duration
	busy    error

	mu      sync.Mutex
	members map[K]*member
}

// A member has the slots of one key.
type member struct {
	*Slots
	callers int // that run or wait
}

// NewGroup returns a group. Its parameters are those of New, for each key.
func NewGroup[K comparable](n int, maxWait time.Duration, busy error) *Group[K] {
	return &Group[K]{n: n, maxWait: maxWait, busy: busy, members: map[K]*member{}}
}

// Acquire takes a slot of a key as Slots.Acquire does. The caller must give it back with release.
func (g *Group[K]) Acquire(ctx context.Context, key K) (release func(), err error) {
	m := g.enter(key)
	if err := m.Acquire(ctx); err != nil {
		g.leave(key, m)
		return nil, err
	}
	return func() {
		m.Release()
		g.leave(key, m)
	}, nil
}

func (g *Group[K]) enter(key K) *member {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[key]
	if m == nil {
		m = &member{Slots: New(g.n, g.maxWait, g.busy)}
		g.members[key] = m
	}
	m.callers++
	return m
}

func (g *Group[K]) leave(key K, m *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.callers--; m.callers == 0 {
		delete(g.members, key)
	}
}

// Waiting returns the number of callers that wait for a slot.
func (g *Group[K]) Waiting() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		n += m.Waiting()
	}
	return n
}

// Len returns the number of keys with callers that run or wait.
func (g *Group[K]) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.members)
}
