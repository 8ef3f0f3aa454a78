package graph_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/budget"
)

// attempts is the number of attempts of the student of addAttempts. The schema assumes five, so the
// guard underestimates operations that nest them.
const attempts = 24

// addAttempts adds a student with many attempts to a course, and returns the global id of the last
// attempt.
func addAttempts(t *testing.T, s *db.Store, c *courseFixture) string {
	t.Helper()
	user := &db.User{AccountID: c.account.MomotorID, CanvasID: 77, Name: "Persistent", SortableName: "Persistent"}
	if _, err := ingest.UpsertUsers(t.Context(), s, []*db.User{user}); err != nil {
		t.Fatal(err)
	}
	var items []*ingest.ResultItem
	for attempt := 1; attempt <= attempts; attempt++ {
		items = append(items, c.resultItem(user, attempt, attempt, "persistent", dbtest.Noon))
	}
	if _, err := ingest.UpsertResults(t.Context(), s, items, dbtest.Noon); err != nil {
		t.Fatal(err)
	}
	var id int64
	err := s.SQL().QueryRowContext(t.Context(), fmt.Sprintf("SELECT max(id) FROM result WHERE user_id = %d", user.MomotorID)).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return db.NodeID{Type: "Result", Key: [4]int64{c.course.MomotorID, id}}.String()
}

// An operation that delivers more than its limits allow gets one error, on both paths.
func TestBudgetEndsOperations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 1, "one")
		result := addAttempts(t, s, one)
		nested := fmt.Sprintf(`{ node(id: %q) { ... on Result { attempts { attempts { attempts { id } } } } } }`, result)
		for _, tt := range []struct {
			name, limit, unit string
			maximum           int
			slow              bool
			limits            graph.Limits
		}{
			{"values of the resolvers", "values", "values", 10_000, true, graph.Limits{Values: 10_000}},
			{"bytes of the resolvers", "replyBytes", "bytes", 200_000, true, graph.Limits{ReplyBytes: 200_000}},
			{"bytes of the fast path", "replyBytes", "bytes", 200_000, false, graph.Limits{ReplyBytes: 200_000}},
		} {
			conf := graph.Config{Store: s, Log: slog.New(slog.DiscardHandler), Limits: tt.limits, DisableFastPath: tt.slow}
			conf.Limits.Timeout = time.Minute
			body, _ := execute(t, graph.NewServer(conf), reviewerOf(one), nested)
			want := `{"errors":[{"message":"The response has more than %d ` + tt.unit + `; request smaller pages or select fewer fields.",` +
				`"extensions":{"code":"BAD_USER_INPUT","limit":"` + tt.limit + `","maximum":%[1]d}}]}`
			if want := fmt.Sprintf(want, tt.maximum); string(body) != want {
				t.Errorf("%s: response = %.300s, want %s", tt.name, body, want)
			}
		}
	})
}

// The budget ends the operation of the resolvers in the course of its work: it does not read, build
// or encode the rest of the answer.
func TestBudgetCancelsContext(t *testing.T) {
	t.Parallel()
	ctx, b := budget.New(t.Context(), budget.Limits{Values: 10, Bytes: 100})
	if err := b.AddValues(10); err != nil || ctx.Err() != nil {
		t.Fatalf("ten values: %v, %v, want no error", err, ctx.Err())
	}
	err := budget.From(ctx).AddValues(1)
	if exceeded := new(budget.ExceededError); !errors.As(err, &exceeded) || *exceeded != (budget.ExceededError{Limit: "values", Maximum: 10}) {
		t.Errorf("the eleventh value: %v, want an error with the limit", err)
	}
	if ctx.Err() == nil || context.Cause(ctx) != err || b.Err() != err {
		t.Errorf("the context has the error %v and the cause %v, want the error of the budget as its cause", ctx.Err(), context.Cause(ctx))
	}
}
