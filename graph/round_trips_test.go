package graph_test

import (
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// An operation with one statement takes one round trip to PostgreSQL, together with the look-up of the
// key, and an operation with n statements takes n. An operation that reads nothing looks up the key.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	proxy := dbtest.NewProxy(t, dbtest.Postgres(t))
	s := dbtest.Open(t, proxy.Location)
	one := newCourseFixture(t, s, 1001, 30, "one")
	client := startServer(t, s).withKey(t, s, one.course.MomotorID)
	tests := []struct {
		operation string
		trips     int64
	}{
		{`{ __typename }`, 1},
		{`{ viewer { name } }`, 1},
		{`{ viewer { name courses { nodes { name } } } }`, 1},
		{`{ __schema { queryType { name } } accounts { nodes { name } } }`, 3}, // the key, BEGIN, and one together with COMMIT
	}
	for _, c := range costCases {
		tests = append(tests, struct {
			operation string
			trips     int64
		}{c.operation, int64(c.statements)})
	}
	for _, tt := range tests {
		for range 3 { // the key is remembered, and the statement is prepared
			client.query(t, tt.operation, nil, &struct{}{})
		}
		before := proxy.RoundTrips()
		client.query(t, tt.operation, nil, &struct{}{})
		if got := proxy.RoundTrips() - before; got > tt.trips || got < 1 {
			t.Errorf("%s takes %d round trips, want at most %d", tt.operation, got, tt.trips)
		}
	}
}
