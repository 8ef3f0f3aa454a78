package graph_test

import (
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
)

// The fast path supports every field that a query can select, except the fields in slowFields. Each
// of these fields has a reason.
func TestEveryFieldIsFast(t *testing.T) {
	t.Parallel()
	fields := graph.ClassifyFields(t, dbtest.NewSQLite(t))
	for _, name := range fields.Unregistered {
		t.Errorf(`%s is neither a column, a relation nor a computed field, so that every operation with it is slow:
	a column is a field of the struct in db with the same name,
	a relation is in the map "relations" of graph/fastpath.go,
	a computed field is in the map "computedFields" of graph/computed.go;
	otherwise add it to "slowFields" with the reason`, name)
	}
	for _, name := range fields.Stale {
		t.Errorf("%s is in a table of the fast path, but queries can not select it: remove it from the table", name)
	}
	for _, name := range fields.Ambiguous {
		t.Errorf("%s is in several tables of the fast path: leave it in one", name)
	}
	for _, name := range fields.WithoutReason {
		t.Errorf("%s is slow without a reason: state it in slowFields", name)
	}
}
