package check

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
)

// Differences of clocks that matter: LTI launches tolerate a minute.
const (
	largeSkew   = 5 * time.Second
	maximumSkew = time.Minute
)

const toSetClock = "synchronize the clocks of both computers, such as with chrony or systemd-timesyncd"

// DatabaseClock compares the clock of the database with this one.
func DatabaseClock(ctx context.Context, store *db.Store, now func() time.Time) (Finding, error) {
	if !store.IsPostgres() {
		return ok("clock", "SQLite uses the clock of this computer").about("database"), nil
	}
	sent := now()
	there, err := store.Now(ctx)
	if err != nil {
		return Finding{}, err
	}
	skew, precision := clockSkew(sent, now(), there)
	return clockFinding("database", skew, precision), nil
}

// clockSkew returns how far a clock that showed there between two local times is ahead of the local one, and the
// precision of that.
func clockSkew(sent, received, there time.Time) (skew, precision time.Duration) {
	precision = received.Sub(sent) / 2
	return there.Sub(sent.Add(precision)), precision
}

// clockFinding returns the finding about a clock that is ahead of this one by skew ± precision.
func clockFinding(subject string, skew, precision time.Duration) Finding {
	least := max(skew.Abs()-precision, 0)
	text := "its clock differs from this one by %s, ± %s"
	args := []any{skew.Round(time.Millisecond), precision.Round(time.Millisecond)}
	switch {
	case least > maximumSkew:
		return fail("clock", toSetClock, text, args...).about(subject)
	case least > largeSkew:
		return warn("clock", toSetClock, text, args...).about(subject)
	}
	return ok("clock", text, args...).about(subject)
}
