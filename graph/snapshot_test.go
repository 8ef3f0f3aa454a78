package graph_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
)

// When the resolvers answer a part of an operation, they read the same snapshot as the fast path:
// neither part has a change that was made between the two reads.
func TestPathsReadOneSnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 3, "one")
		rename := &renameAfterQuery{t: t, store: s, account: *one.account}
		conf := graph.Config{Store: s.WithQueryHook(rename), Log: slog.New(slog.DiscardHandler)}
		conf.MakeSlow("Query.accounts")
		const op = `{ before: __typename accounts { nodes { name courses { totalCount nodes { name } } } } account(canvasGuid: "guidone") { name courses { totalCount } } }`
		const want = `{"data":{"before":"Query","accounts":{"nodes":[{"name":"one","courses":{"totalCount":1,"nodes":[{"name":"one"}]}}]},"account":{"name":"one","courses":{"totalCount":1}}}}`
		body, path := execute(t, graph.NewServer(conf), reviewerOf(one), op)
		if string(body) != want || path != "mixed" {
			t.Errorf("path = %s, body = %s, want mixed and %s", path, body, want)
		}
		if !rename.done {
			t.Error("the account was not renamed during the operation")
		}
		if body, _ := execute(t, graph.NewServer(conf), reviewerOf(one), `{ account(canvasGuid: "guidone") { name } }`); string(body) != `{"data":{"account":{"name":"renamed"}}}` {
			t.Errorf("the next operation = %s, want the new name", body)
		}
	})
}

// renameAfterQuery renames an account after the first statement of a resolver.
type renameAfterQuery struct {
	t       *testing.T
	store   *db.Store
	account db.Account
	once    sync.Once
	done    bool
}

func (*renameAfterQuery) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	return ctx
}

func (r *renameAfterQuery) AfterQuery(context.Context, *bun.QueryEvent) {
	r.once.Do(func() {
		r.account.Name = "renamed"
		if _, err := ingest.UpsertAccounts(r.t.Context(), r.store, []*db.Account{&r.account}); err != nil {
			r.t.Error(err)
		}
		r.done = true
	})
}

// The resolvers of a query read one snapshot: a change between two of their statements is not visible.
func TestResolversReadOneSnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 3, "one")
		rename := &renameAfterQuery{t: t, store: s, account: *one.account}
		conf := graph.Config{Store: s.WithQueryHook(rename), Log: slog.New(slog.DiscardHandler), DisableFastPath: true}
		const op = `{ account(canvasGuid: "guidone") { courses { nodes { account { name } } } } }`
		const want = `{"data":{"account":{"courses":{"nodes":[{"account":{"name":"one"}}]}}}}`
		if body, _ := execute(t, graph.NewServer(conf), reviewerOf(one), op); string(body) != want || !rename.done {
			t.Errorf("the answer is %s, and a change was made: %t; want %s and a change", body, rename.done, want)
		}
	})
}
