package graph

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/slots"
)

// The resolvers take up to 400 MB for the largest answer that the limits allow. Therefore at most
// maxResolverSlots operations let them read at the same time, and at most half of these are for one caller.
// The number does not depend on the number of connections, which grows with the processors.
const (
	maxResolverSlots = 4
	maxResolverWait  = 5 * time.Second
)

// resolverSlots limit the operations whose answers, or parts of them, resolvers read. An operation
// waits for others of its caller first, so that it does not occupy a slot that other callers need.
type resolverSlots struct {
	ofCaller *slots.Group[access.Identity]
	all      *slots.Slots
}

func newResolverSlots() *resolverSlots {
	return &resolverSlots{
		slots.NewGroup[access.Identity](maxResolverSlots/2, maxResolverWait, query.ErrBusy),
		slots.New(maxResolverSlots, maxResolverWait, query.ErrBusy),
	}
}

// acquire takes a slot for the caller of ctx, who must give it back with release. It fails with
// query.ErrBusy if none becomes free in time.
func (s *resolverSlots) acquire(ctx context.Context) (release func(), err error) {
	releaseCaller, err := s.ofCaller.Acquire(ctx, access.IdentityOf(ctx))
	if err != nil {
		return nil, err
	}
	if err := s.all.Acquire(ctx); err != nil {
		releaseCaller()
		return nil, err
	}
	return func() {
		s.all.Release()
		releaseCaller()
	}, nil
}
