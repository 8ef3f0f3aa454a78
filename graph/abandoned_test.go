package graph_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// A cancelAfterQuery cancels an operation between two statements.
type cancelAfterQuery struct{ cancel context.CancelFunc }

func (*cancelAfterQuery) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	return ctx
}
func (c *cancelAfterQuery) AfterQuery(context.Context, *bun.QueryEvent) { c.cancel() }

// An operation that ends between two statements leaves no transaction behind.
func TestAbandonedOperationEndsTransaction(t *testing.T) {
	s := dbtest.NewPostgres(t)
	one := newCourseFixture(t, s, 1001, 3, "one")
	ctx, cancel := context.WithCancel(access.WithPrincipal(t.Context(), reviewerOf(one)))
	conf := graph.Config{Store: s.WithQueryHook(&cancelAfterQuery{cancel}), Log: slog.New(slog.DiscardHandler), DisableFastPath: true}
	graph.NewServer(conf).ServeCaller(httptest.NewRecorder(), request(t, ctx, `{ account(canvasGuid: "guidone") { courses { nodes { name } } } }`))
	if ctx.Err() == nil {
		t.Fatal("the operation ran no statement")
	}
	waitFor(t, "the end of the transaction", func() bool {
		var n int
		const idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
		if err := s.DB().NewRaw(idle).Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		return n == 0
	})
}
