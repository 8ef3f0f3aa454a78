package graph

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/fault"
)

// Jobs is a queue of background jobs. Insert adds jobs in a transaction; the jobs exist once the
// transaction is committed.
type Jobs interface {
	Insert(ctx context.Context, tx *sql.Tx, args ...river.JobArgs) error
}

// maxChangeAttempts limits the attempts of a change that ends in a deadlock. The job queue locks
// the rows of completed jobs in another order than a change, so the two can cause a deadlock.
const maxChangeAttempts = 3

// change runs f in a transaction. After a deadlock it runs f again, so each run of f must set all
// results.
func (r *Resolver) change(ctx context.Context, f func(ctx context.Context, c *change.Tx) error) error {
	for attempt := 1; ; attempt++ {
		if err := change.InTx(ctx, r.Store.WithDB(r.db(ctx)), r.Now(), f); attempt == maxChangeAttempts || !db.IsDeadlock(err) {
			return err
		}
	}
}

// enqueue adds jobs in the transaction of a change.
func (r *Resolver) enqueue(ctx context.Context, c *change.Tx, args ...river.JobArgs) error {
	switch {
	case len(args) == 0:
		return nil
	case r.Jobs == nil:
		return fault.New(fault.Unavailable, "This server does not run background jobs.")
	}
	return r.Jobs.Insert(ctx, c.SQLTx(), args...)
}
