package graph

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

// Jobs takes work that is to be done in the background. It becomes part of a transaction:
// the work is there when the transaction is committed, and never without it.
type Jobs interface {
	Insert(ctx context.Context, tx *sql.Tx, work ...river.JobArgs) error
}

// ask puts work into the transaction of a change.
func (r *Resolver) ask(ctx context.Context, c *db.Changing, work ...river.JobArgs) error {
	switch {
	case len(work) == 0:
		return nil
	case r.Jobs == nil:
		return fault.New(fault.Unavailable, "This server does no work in the background.")
	}
	return r.Jobs.Insert(ctx, c.Tx(), work...)
}
