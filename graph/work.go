package graph

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
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

// processing is the work of processing results.
func processing(course int64, results []int64) []river.JobArgs {
	work := make([]river.JobArgs, len(results))
	for i, id := range results {
		work[i] = jobs.Process{CourseID: course, ResultID: id}
	}
	return work
}
