package jobs

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/momotor/resultgraph/db"
)

// Jobs are due by the clock of the database, which fetches them: an instance whose clock is wrong must
// not postpone jobs, nor run them early. On SQLite this is the clock of the same machine.

// A databaseClock estimates the clock of the database, by the difference to the clock of this machine at
// the last heartbeat. Its zero value is the clock of this machine. It implements rivertype.TimeGenerator,
// for the times that River computes: of retries, of postponed jobs and of jobs that become due.
type databaseClock struct {
	local      func() time.Time // nil is time.Now
	difference atomic.Int64     // nanoseconds to add to local
}

func (c *databaseClock) localNow() time.Time {
	if c.local != nil {
		return c.local()
	}
	return time.Now()
}

// Now implements rivertype.TimeGenerator.
func (c *databaseClock) Now() time.Time {
	return c.localNow().Add(time.Duration(c.difference.Load()))
}

// NowOrNil implements rivertype.TimeGenerator. Where River gets nil, its statements read the clock of the
// database.
func (*databaseClock) NowOrNil() *time.Time { return nil }

// measure measures the difference.
func (c *databaseClock) measure(ctx context.Context, store *db.Store) error {
	before := c.localNow()
	now, err := store.Now(ctx)
	if err != nil {
		return err
	}
	after := c.localNow()
	c.difference.Store(int64(now.Sub(before.Add(after.Sub(before) / 2))))
	return nil
}

// A dueNow is a hook of River that makes inserted jobs due by the clock of the database. Without a time,
// River's driver would set the time of this machine; the zero time makes its statement use now().
// Periodic jobs have a time, by the databaseClock.
type dueNow struct{ river.HookDefaults }

// InsertBegin implements rivertype.HookInsertBegin.
func (*dueNow) InsertBegin(_ context.Context, job *rivertype.JobInsertParams) error {
	if job.ScheduledAt == nil {
		job.CreatedAt, job.ScheduledAt = &time.Time{}, &time.Time{}
	}
	return nil
}

// insertHooks returns the hooks for the inserts of a store. SQLite needs none: its statement reads the
// clock itself, and has no other.
func insertHooks(store *db.Store) []rivertype.Hook {
	if !store.IsPostgres() {
		return nil
	}
	return []rivertype.Hook{&dueNow{}}
}
