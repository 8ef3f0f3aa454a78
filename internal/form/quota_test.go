package form

import (
	"errors"
	"testing"

	"github.com/momotor/resultgraph/internal/fault"
)

// An owner has a quarter of the quota, or one form of any size, and all owners have the quota. Space
// is available again when it is released.
func TestQuota(t *testing.T) {
	t.Parallel()
	q := NewQuota(100)
	var releases []func()
	for _, tt := range []struct {
		owner string
		bytes int64
		want  error
	}{
		{"a", 20, nil}, {"a", 5, nil}, {"a", 1, fault.RateLimited},
		{"b", 60, nil}, {"b", 1, fault.RateLimited},
		{"c", 16, fault.Unavailable}, {"c", 15, nil}, {"d", 1, fault.Unavailable},
	} {
		release, err := q.reserve(tt.owner, tt.bytes)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s reserves %d: %v, want %v", tt.owner, tt.bytes, err, tt.want)
		}
		if err == nil {
			releases = append(releases, release)
		}
	}
	for _, release := range releases {
		release()
		release() // has no effect
	}
	if q.bytes != 0 || len(q.byOwner) != 0 {
		t.Errorf("after all are released, %d bytes and %v are reserved", q.bytes, q.byOwner)
	}
}
