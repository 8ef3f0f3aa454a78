package query_test

import (
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/momotor/resultgraph/db/query"
)

// A connection whose transaction does not end is closed.
func TestFailedRollback(t *testing.T) {
	t.Parallel()
	pool, database := openSQLite(t)
	for _, tt := range []struct {
		statement string
		open      int // connections after the snapshot
	}{
		{"SELECT 1", 1},
		{"ROLLBACK", 0}, // that of the snapshot then fails
	} {
		err := database.InSnapshot(t.Context(), false, func(sn *query.Snapshot) error {
			if err := sn.Begin(t.Context()); err != nil {
				return err
			}
			sn.AddGuards(query.Guard{Statement: query.NewFixedStatement(tt.statement), Check: func(rows *query.Rows) error {
				rows.Next()
				return rows.Err()
			}})
			return sn.ReadPlans(t.Context(), func() error { return nil })
		})
		if failed := tt.open == 0; errors.Is(err, driver.ErrBadConn) != failed || pool.Stats().OpenConnections != tt.open {
			t.Errorf("%s: the snapshot ends with %v, and %d connections are open; want %d", tt.statement, err, pool.Stats().OpenConnections, tt.open)
		}
	}
}
