package query

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/slots"
)

// ErrBusy is the error of a reader or transaction that waited too long for a connection.
var ErrBusy = &fault.Error{
	Kind: fault.Unavailable, Message: "The server is busy: try again in a few seconds.", RetryAfter: 2 * time.Second,
}

// errCallerBusy is the error of a large reader that waited too long for others of the same caller.
var errCallerBusy = &fault.Error{
	Kind: fault.Unavailable, RetryAfter: 2 * time.Second,
	Message: "Too many large operations of this API key run at the same time: wait for their responses before you send others.",
}

// An admission admits readers and transactions to the connections of a pool, in the order in which
// they come: database/sql lets any of the callers that wait take the next connection.
//
// At most half of the connections read large answers. A large reader waits for its share before it
// waits for a connection, so that it holds no connection while it waits. Before that it waits for
// others of its caller, which has at most half of the large readers.
type admission struct {
	connections, large *slots.Slots
	largeOfCaller      *slots.Group[access.Identity]
}

// newAdmission returns the admission to a pool of n connections. Readers wait at most maxWait for
// a connection. Before that, large readers wait at most maxWait for each of their two limits.
func newAdmission(n int, maxWait time.Duration) *admission {
	return &admission{
		slots.New(n, maxWait, ErrBusy),
		slots.New(max(1, n/2), maxWait, ErrBusy),
		slots.NewGroup[access.Identity](max(1, n/4), maxWait, errCallerBusy),
	}
}

// acquire waits until the caller may use one connection. The caller must not wait for another one
// until it has called release.
func (a *admission) acquire(ctx context.Context) (release func(), err error) {
	return a.connections.Release, a.connections.Acquire(ctx)
}

// acquireLarge is acquire for a large reader.
func (a *admission) acquireLarge(ctx context.Context) (release func(), err error) {
	releaseCaller, err := a.acquireForCaller(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.large.Acquire(ctx); err != nil {
		releaseCaller()
		return nil, err
	}
	if err := a.connections.Acquire(ctx); err != nil {
		a.large.Release()
		releaseCaller()
		return nil, err
	}
	return func() {
		a.connections.Release()
		a.large.Release()
		releaseCaller()
	}, nil
}

// acquireForCaller waits until the caller of ctx may run another large reader. The program itself has
// no such limit.
func (a *admission) acquireForCaller(ctx context.Context) (release func(), err error) {
	caller := access.IdentityOf(ctx)
	if caller.Kind == access.Anonymous {
		return func() {}, nil
	}
	return a.largeOfCaller.Acquire(ctx, caller)
}

// waiting returns the number of readers and transactions that wait.
func (a *admission) waiting() int {
	return a.largeOfCaller.Waiting() + a.large.Waiting() + a.connections.Waiting()
}
