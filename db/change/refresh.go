package change

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// MinRefreshInterval is how long an assignment is not refreshed again on demand (the
// documentation of the REST API: “it can only be called once per 15 minutes”).
const MinRefreshInterval = 15 * time.Minute

// StartRefresh notes that an assignment is brought up to date with Canvas now. It fails
// with fault.Forbidden in a course that can only be read, with fault.Conflict for an active
// one, which is kept up to date anyway, and with fault.RateLimited, and the time to wait, when
// that was asked for less than RefreshPause ago. One statement decides, by the clock of the
// database: of any number of programs that ask at once, one is let through.
func (c *Tx) StartRefresh(ctx context.Context, k db.AssignmentKey) error {
	if err := c.requireWritable(ctx, k.CourseID); err != nil {
		return err
	}
	clock, age := "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')", "(julianday('now') - julianday(refreshed_at)) * 86400"
	if query.IsPostgres(c.tx) {
		clock, age = "clock_timestamp()", "extract(epoch FROM clock_timestamp() - refreshed_at)::float8"
	}
	res, err := c.tx.NewRaw(`UPDATE assignment SET refreshed_at = `+clock+`
		WHERE course_id = ? AND id = ? AND NOT active AND (refreshed_at IS NULL OR `+age+` >= ?)`,
		k.CourseID, k.ID, MinRefreshInterval.Seconds()).Exec(ctx)
	if err != nil {
		return fmt.Errorf("start to refresh assignment %d: %w", k.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	var active bool
	var seconds float64
	err = c.tx.NewRaw(`SELECT active, coalesce(`+age+`, 0.0) FROM assignment WHERE course_id = ? AND id = ?`, k.CourseID, k.ID).
		Scan(ctx, &active, &seconds)
	switch {
	case err != nil:
		return fmt.Errorf("read when assignment %d was refreshed: %w", k.ID, err)
	case active:
		return fault.New(fault.Conflict, "Assignment is already active.")
	}
	wait := MinRefreshInterval - time.Duration(seconds*float64(time.Second))
	wait = min(max(wait, time.Second), MinRefreshInterval)
	return &fault.Error{
		Kind: fault.RateLimited, RetryAfter: wait,
		Message: fmt.Sprintf("The assignment was refreshed less than %d minutes ago.", int(MinRefreshInterval.Minutes())),
	}
}

// ResetRefresh lets an assignment be refreshed again at once, since it could not be.
func (c *Tx) ResetRefresh(ctx context.Context, k db.AssignmentKey) error {
	_, err := c.tx.NewRaw("UPDATE assignment SET refreshed_at = NULL WHERE course_id = ? AND id = ?", k.CourseID, k.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take back the refresh of assignment %d: %w", k.ID, err)
	}
	return nil
}
