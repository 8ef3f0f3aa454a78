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
	if removed := c.Add("e", 6, 1000); len(removed) != 2 || c.Len() != 1 || c.Bytes() != 1000 {
		t.Errorf("a value above the limit removed %q and left %d values, want the others removed", removed, c.Len())
	}
	if v, ok := c.Get("e"); v != 6 || !ok {
		t.Errorf("Get = %d, %t, want the value that was added last", v, ok)
	}
}
