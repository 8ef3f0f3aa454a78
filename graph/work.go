package graph

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/fault"
)

// Jobs takes work that is to be done in the background. It becomes part of a transaction:
// the work is there when the transaction is committed, and never without it.
type Jobs interface {
	Insert(ctx context.Context, tx *sql.Tx, work ...river.JobArgs) error
}

// mostDeadlocks is how often a change is tried that gets into a deadlock. The queue writes
// down in an order of its own what it has ended.
const mostDeadlocks = 3

// change runs f in one transaction, perhaps more than once: what f returns to its caller it
// sets each time.
func (r *Resolver) change(ctx context.Context, f func(ctx context.Context, c *change.Tx) error) error {
	for tries := 1; ; tries++ {
		if err := change.InTx(ctx, r.Store, r.Now(), f); tries == mostDeadlocks || !db.IsDeadlock(err) {
			return err
		}
	}
}

// ask puts work into the transaction of a change.
func (r *Resolver) ask(ctx context.Context, c *change.Tx, work ...river.JobArgs) error {
	switch {
	case len(work) == 0:
		return nil
	case r.Jobs == nil:
		return fault.New(fault.Unavailable, "This server does no work in the background.")
	}
	return r.Jobs.Insert(ctx, c.SQLTx(), work...)
}
