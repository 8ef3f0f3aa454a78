// Package change contains the changes that callers and background jobs make to a store.
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
	"github.com/momotor/resultgraph/internal/fault"
)

// A Tx is a transaction that changes data. All its changes are recorded with the time now.
type Tx struct {
	store *db.Store
	tx    bun.Tx
	now   time.Time
}

// InTx runs f in one transaction, which is rolled back when f fails. The changes are recorded
// with the given time.
func InTx(ctx context.Context, s *db.Store, now time.Time, f func(ctx context.Context, tx *Tx) error) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return f(ctx, &Tx{s, tx, now.UTC().Truncate(time.Microsecond)})
	})
}

// SQLTx returns the transaction, for a job queue in the same database.
func (t *Tx) SQLTx() *sql.Tx { return t.tx.Tx }

// writeResults writes results in the transaction.
func (t *Tx) writeResults(ctx context.Context, items []*ingest.ResultItem) error {
	_, err := ingest.WriteResults(ctx, t.store, t.tx, items, t.now)
	return err
}

// requireWritable fails with fault.Forbidden for a read-only course.
func (t *Tx) requireWritable(ctx context.Context, course int64) error {
	readonly, err := t.tx.NewSelect().Table("course").Where("id = ? AND readonly", course).Exists(ctx)
	if err == nil && readonly {
		err = fault.New(fault.Forbidden, "The course is read-only.")
	}
	return err
}

// lockAssignment reads an assignment and locks its course until the end of the transaction, so that
// neither the assignment nor its results change. It fails with fault.Forbidden in a read-only course.
func (t *Tx) lockAssignment(ctx context.Context, k db.AssignmentKey) (*db.Assignment, error) {
	if err := db.LockCourses(ctx, t.tx, k.CourseID); err != nil {
		return nil, err
	}
	assignment := &db.Assignment{}
	err := t.tx.NewSelect().Model(assignment).Where("asg.course_id = ? AND asg.id = ?", k.CourseID, k.ID).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fault.NotFound
	case err != nil:
		return nil, fmt.Errorf("lock assignment %d: %w", k.ID, err)
	}
	return assignment, t.requireWritable(ctx, k.CourseID)
}
