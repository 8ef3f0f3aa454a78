package change

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Tx is a transaction that changes things: all of it happens, or nothing does.
type Tx struct {
	store *db.Store
	tx    bun.Tx
	now   time.Time
}

// InTx runs f in one transaction, which is rolled back when f fails. Now is the moment
// that the change is recorded with.
func InTx(ctx context.Context, s *db.Store, now time.Time, f func(ctx context.Context, c *Tx) error) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return f(ctx, &Tx{s, tx, now.UTC().Truncate(time.Microsecond)})
	})
}

// SQLTx is the transaction, for a queue of work that keeps its rows in the same database.
func (c *Tx) SQLTx() *sql.Tx { return c.tx.Tx }

// writeResults writes results in the transaction.
func (c *Tx) writeResults(ctx context.Context, items []*ingest.ResultItem) error {
	_, err := ingest.WriteResults(ctx, c.store, c.tx, items, c.now)
	return err
}

// requireWritable fails with fault.Forbidden for a course that can only be read.
func (c *Tx) requireWritable(ctx context.Context, course int64) error {
	readonly, err := c.tx.NewSelect().Table("course").Where("id = ? AND readonly", course).Exists(ctx)
	if err == nil && readonly {
		err = fault.New(fault.Forbidden, "The course can only be read.")
	}
	return err
}

// lockAssignment reads an assignment and keeps others from changing it, or any result, until the
// end of the transaction. The counter comes first, as with everybody who writes results.
func (c *Tx) lockAssignment(ctx context.Context, k db.AssignmentKey) (*db.Assignment, error) {
	if _, err := db.Reserve(ctx, c.tx, db.SequenceCounter, 0); err != nil {
		return nil, err
	}
	q := c.tx.NewSelect().Model((*db.Assignment)(nil)).Where("asg.course_id = ? AND asg.id = ?", k.CourseID, k.ID)
	if query.IsPostgres(c.tx) {
		q.For("NO KEY UPDATE")
	}
	g := &db.Assignment{}
	if err := q.Scan(ctx, g); errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NotFound
	} else if err != nil {
		return nil, fmt.Errorf("hold assignment %d: %w", k.ID, err)
	}
	return g, c.requireWritable(ctx, k.CourseID)
}
