package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/internal/fault"
)

// A Changing is a transaction that changes things: all of it happens, or nothing does.
type Changing struct {
	s   *Store
	tx  bun.Tx
	now time.Time
}

// Change runs f in one transaction, which is rolled back when f fails. Now is the moment
// that the change is recorded with.
func (s *Store) Change(ctx context.Context, now time.Time, f func(ctx context.Context, c *Changing) error) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return f(ctx, &Changing{s, tx, now.UTC().Truncate(time.Microsecond)})
	})
}

// Tx is the transaction, for a queue of work that keeps its rows in the same database.
func (c *Changing) Tx() *sql.Tx { return c.tx.Tx }

// writeResults writes results in the transaction.
func (c *Changing) writeResults(ctx context.Context, items []*ResultItem) error {
	_, err := WriteResults(ctx, c.s, c.tx, items, c.now)
	return err
}

// writable fails with fault.Forbidden for a course that can only be read.
func (c *Changing) writable(ctx context.Context, course int64) error {
	readonly, err := c.tx.NewSelect().Table("course").Where("id = ? AND readonly", course).Exists(ctx)
	if err == nil && readonly {
		err = fault.New(fault.Forbidden, "The course can only be read.")
	}
	return err
}

// hold reads an assignment and keeps others from changing it, or any result, until the
// end of the transaction. The counter comes first, as with everybody who writes results.
func (c *Changing) hold(ctx context.Context, k AssignmentKey) (*Assignment, error) {
	if _, err := take(ctx, c.tx, counterSequence, 0); err != nil {
		return nil, err
	}
	q := c.tx.NewSelect().Model((*Assignment)(nil)).Where("g.course_id = ? AND g.id = ?", k.CourseID, k.ID)
	if isPostgres(c.tx) {
		q.For("NO KEY UPDATE")
	}
	g := &Assignment{}
	if err := q.Scan(ctx, g); errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NotFound
	} else if err != nil {
		return nil, fmt.Errorf("hold assignment %d: %w", k.ID, err)
	}
	return g, c.writable(ctx, k.CourseID)
}
