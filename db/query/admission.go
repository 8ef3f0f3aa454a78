package query

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/slots"
)

// ErrBusy is the error of a reader or transaction that waited too long for a connection.
var ErrBusy = &fault.Error{
	Kind: fault.Unavailable, Message: "The server is busy: try again in a few seconds.", RetryAfter: 2 * time.Second,
}

// An admission admits readers and transactions to the connections of a pool, in the order in which
// they come: database/sql lets any of the callers that wait take the next connection.
//
// At most half of the connections read large answers. A large reader waits for its share before it
// waits for a connection, so that it holds no connection while it waits.
type admission struct {
	connections, large *slots.Slots
}

// newAdmission returns the admission to a pool of n connections. Callers wait at most maxWait for
// a connection, and large readers before that as long for their share.
func newAdmission(n int, maxWait time.Duration) *admission {
	return &admission{slots.New(n, maxWait, ErrBusy), slots.New(max(1, n/2), maxWait, ErrBusy)}
}

// acquire waits until the caller may use one connection. The caller must not wait for another one
// until it has called release.
func (a *admission) acquire(ctx context.Context, large bool) (release func(), err error) {
	if !large {
		return a.connections.Release, a.connections.Acquire(ctx)
	}
	if err := a.large.Acquire(ctx); err != nil {
		return nil, err
	}
	if err := a.connections.Acquire(ctx); err != nil {
		a.large.Release()
		return nil, err
	}
	return func() {
		a.connections.Release()
		a.large.Release()
	}, nil
}
