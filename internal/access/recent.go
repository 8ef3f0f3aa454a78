package access

// recent is a map that remembers at least the last `remembered` keys used and
// at most twice as many. It keeps two generations: when the young one is full it
// becomes the old one, whose keys are forgotten unless they are used again.
type recent[K comparable, V any] struct {
	young, old map[K]V
}

// load returns the value of k, and makes it young again.
func (r *recent[K, V]) load(k K) (V, bool) {
	if v, ok := r.young[k]; ok {
		return v, true
	}
	v, ok := r.old[k]
	if ok {
		r.store(k, v)
	}
	return v, ok
}

func (r *recent[K, V]) store(k K, v V) {
	if _, ok := r.young[k]; !ok && len(r.young) >= remembered {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = map[K]V{}
	}
	r.young[k] = v
}
