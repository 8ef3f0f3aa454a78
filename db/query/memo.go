package query

import "sync"

// A Memo keeps values by key, each made once. The zero Memo is ready for use by many
// goroutines.
type Memo struct {
	mu     sync.Mutex
	values map[any]any
}

// Get returns the value of key, made by the first caller who asks for it.
func (m *Memo) Get(key any, make func() any) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	if !ok {
		v = make()
		if m.values == nil {
			m.values = map[any]any{}
		}
		m.values[key] = v
	}
	return v
}
