package query

import "sync"

// A Memo computes values once for each key. The zero Memo is ready for use. A Memo is safe for
// concurrent use.
type Memo struct {
	mu     sync.Mutex
	values map[any]any
}

// Get returns the value of key. The first call with this key computes it.
func (m *Memo) Get(key any, compute func() any) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	if !ok {
		v = compute()
		if m.values == nil {
			m.values = map[any]any{}
		}
		m.values[key] = v
	}
	return v
}
