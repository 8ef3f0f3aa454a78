package form

import (
	"sync"

	"github.com/momotor/resultgraph/internal/fault"
)

// A Quota bounds the disk space of the forms that are received or processed. It is safe for
// concurrent use.
type Quota struct {
	maxBytes int64
	mu       sync.Mutex
	bytes    int64
	byOwner  map[string]int64
}

// NewQuota returns a quota of maxBytes for all owners together. Each owner may use a quarter of it.
func NewQuota(maxBytes int64) *Quota {
	return &Quota{maxBytes: maxBytes, byOwner: map[string]int64{}}
}

// The errors for a form when its owner, or all owners together, use their whole quota.
var (
	errOwnerQuota = fault.New(fault.RateLimited, "You are sending too many files at the same time: wait until they are processed and try again.")
	errQuota      = fault.New(fault.Unavailable, "The server is receiving too many files at the same time: try again later.")
)

// reserve reserves n bytes for an owner until release is called. An owner may always have one form,
// whatever its size, unless the quota of all is used up. The error is a fault.Error. A nil Quota has
// no bound.
func (q *Quota) reserve(owner string, n int64) (release func(), err error) {
	if q == nil {
		return func() {}, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	used := q.byOwner[owner]
	if used > 0 && used+n > q.maxBytes/4 {
		return nil, errOwnerQuota
	}
	if q.bytes+n > q.maxBytes {
		return nil, errQuota
	}
	q.add(owner, n)
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.add(owner, -n)
	}), nil
}

func (q *Quota) add(owner string, n int64) {
	q.bytes += n
	if q.byOwner[owner] += n; q.byOwner[owner] == 0 {
		delete(q.byOwner, owner)
	}
}
