package lru_test

import (
	"slices"
	"testing"

	"github.com/momotor/resultgraph/internal/lru"
)

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := lru.New[string, int](3, 100)
	c.Add("a", 1, 10)
	c.Add("b", 2, 10)
	c.Add("c", 3, 10)
	c.Get("a")
	if removed := c.Add("d", 4, 10); !slices.Equal(removed, []string{"b"}) {
		t.Errorf("a fourth value removed %q, want the least recently used one, b", removed)
	}
	if removed := c.Add("a", 5, 85); !slices.Equal(removed, []string{"c"}) || c.Bytes() != 95 {
		t.Errorf("a larger value removed %q and left %d bytes, want c and 95", removed, c.Bytes())
	}
	if v, ok := c.Get("a"); v != 5 || !ok {
		t.Errorf("Get = %d, %t, want the value that was added last", v, ok)
	}
	if removed := c.Add("e", 6, 101); !slices.Equal(removed, []string{"e"}) || c.Len() != 2 || c.Bytes() != 95 {
		t.Errorf("a value above the limit removed %q and left %d values, want only itself removed", removed, c.Len())
	}
	if removed := c.Add("a", 7, 101); !slices.Equal(removed, []string{"a"}) || c.Len() != 1 || c.Bytes() != 10 {
		t.Errorf("a new value above the limit removed %q and left %d values, want the old value removed", removed, c.Len())
	}
}

func TestAddRepeated(t *testing.T) {
	t.Parallel()
	c := lru.New[int, int](100_000, 100_000)
	for key := range 10_000 {
		c.AddRepeated(key, key, 1)
	}
	if n := c.Len(); n != 0 {
		t.Errorf("the cache has %d values that were offered once, want none", n)
	}
	c.AddRepeated(9_999, 1, 1)
	if v, ok := c.Get(9_999); v != 1 || !ok {
		t.Errorf("after a second offer Get = %d, %t, want 1", v, ok)
	}
	c.AddRepeated(9_999, 2, 1)
	if v, _ := c.Get(9_999); v != 2 {
		t.Errorf("after a third offer Get = %d, want 2", v)
	}
}
