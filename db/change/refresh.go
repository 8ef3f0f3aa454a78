package change

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// MinRefreshInterval is the minimum time between two refreshes of an assignment on demand (the
// documentation of the REST API: “it can only be called once per 15 minutes”).
const MinRefreshInterval = 15 * time.Minute

// StartRefresh records that a refresh of an assignment starts. It fails with fault.Forbidden in a
// read-only course, with fault.Conflict for an active assignment, which is refreshed
// automatically, and with fault.RateLimited and the time to wait within MinRefreshInterval of the
// last refresh. One statement checks and updates the time by the clock of the database, so that
// only one of several concurrent calls succeeds.
func (t *Tx) StartRefresh(ctx context.Context, k db.AssignmentKey) error {
	if err := db.LockCourses(ctx, t.tx, k.CourseID); err != nil {
		return err
	}
	if err := t.requireWritable(ctx, k.CourseID); err != nil {
		return err
	}
	clock := "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
	if query.IsPostgres(t.tx) {
		clock = "clock_timestamp()"
	}
	age := query.SecondsBetween("refreshed_at", clock)
	res, err := t.tx.NewRaw(`UPDATE assignment SET refreshed_at = `+clock+`
		WHERE course_id = ? AND id = ? AND NOT active AND (refreshed_at IS NULL OR ? >= ?)`,
		k.CourseID, k.ID, age, MinRefreshInterval.Seconds()).Exec(ctx)
	if err != nil {
		return fmt.Errorf("start the refresh of assignment %d: %w", k.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	var active bool
	var seconds float64
	err = t.tx.NewRaw(`SELECT active, coalesce(?, 0.0) FROM assignment WHERE course_id = ? AND id = ?`, age, k.CourseID, k.ID).
		Scan(ctx, &active, &seconds)
	switch {
	case err != nil:
		return fmt.Errorf("read the last refresh of assignment %d: %w", k.ID, err)
	case active:
		return fault.New(fault.Conflict, "Assignment is already active")
	}
	wait := MinRefreshInterval - time.Duration(seconds*float64(time.Second))
	wait = min(max(wait, time.Second), MinRefreshInterval)
	return &fault.Error{
		Kind: fault.RateLimited, RetryAfter: wait,
		Message: fmt.Sprintf("The assignment was refreshed less than %d minutes ago.", int(MinRefreshInterval.Minutes())),
	}
}

// ResetRefresh allows the next refresh of an assignment immediately, for use after a failed
// refresh.
func (t *Tx) ResetRefresh(ctx context.Context, k db.AssignmentKey) error {
	if err := db.LockCourses(ctx, t.tx, k.CourseID); err != nil {
		return err
	}
	_, err := t.tx.NewRaw("UPDATE assignment SET refreshed_at = NULL WHERE course_id = ? AND id = ?", k.CourseID, k.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("reset the refresh of assignment %d: %w", k.ID, err)
	}
	return nil
}
