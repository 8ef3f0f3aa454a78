package db_test

import (
	"context"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// A snapshot whose context ends between two statements leaves no transaction behind: PostgreSQL
// would keep its rows from being vacuumed until the next use of the connection.
func TestAbandonedSnapshotEndsTransaction(t *testing.T) {
	location := dbtest.MigratedPostgres(t)
	s, observer := dbtest.Open(t, location), dbtest.Open(t, location)
	fx := dbtest.NewFixture(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	_ = s.DB().InSnapshot(ctx, false, func(sn *query.Snapshot) error {
		_, err := db.CourseResults.Load(ctx, sn.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, query.Params{})
		if err != nil {
			t.Error(err)
		}
		cancel()
		return nil
	})
	// The server notices the end of a connection some time after the client has closed it.
	for n := -1; n != 0; {
		const idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
		if err := observer.DB().NewRaw(idle).Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
	}
}
