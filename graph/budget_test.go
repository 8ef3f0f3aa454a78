package graph_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/budget"
	"github.com/momotor/resultgraph/internal/access"
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
	if ctx.Err() == nil || context.Cause(ctx) != err || error(b.Err()) != err {
		t.Errorf("the context has the error %v and the cause %v, want the error of the budget as its cause", ctx.Err(), context.Cause(ctx))
	}
}

// A budget knows that a limit is exceeded also when the context of the operation has ended before, such
// as the context of a mutation whose answer is encoded after its timeout.
func TestBudgetAfterEndOfContext(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, b := budget.New(ended, budget.Limits{Values: 10, Bytes: 100})
	if err := b.AddBytes(101); err == nil || error(b.Err()) != err {
		t.Errorf("101 bytes: %v, and the budget has the error %v, want the same error", err, b.Err())
	}
}

// A mutation that exceeds its budget after the change has data, so that its client does not repeat the
// change.
func TestBudgetKeepsMutations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		addAttempts(t, s, ms.course)
		for limit, limits := range map[string]graph.Limits{"values": {Values: 10_000}, "replyBytes": {ReplyBytes: 200_000}} {
			limits.Timeout = time.Minute
			server := graph.NewServer(graph.Config{Store: s, Jobs: ms.queue, Log: slog.New(slog.DiscardHandler), Limits: limits})
			const nested = `{ assignment { result(userCanvasId: 77, attempt: 24) { attempts { attempts { attempts { id } } } } } }`
			w := httptest.NewRecorder()
			op := fmt.Sprintf(`mutation { a: evaluateResults(assignment: %s, evaluate: {scope: LATEST}) %s b: evaluateResults(assignment: %[1]s, evaluate: {scope: LATEST}) { queued } }`, ms.ref(), nested)
			server.ServeCaller(w, request(t, access.WithPrincipal(t.Context(), ms.teacher()), op))
			if body := w.Body.String(); w.Code != 200 || !strings.HasPrefix(body, `{"data":null,"errors":[`) || !strings.Contains(body, `"limit":"`+limit+`"`) {
				t.Errorf("%s: the response is %d %.300s, want 200 with data and the limit", limit, w.Code, body)
			}
			if jobs := strings.Count(ms.queue.takeKinds(), "process"); jobs == 0 {
				t.Errorf("%s: the mutation made no change", limit)
			}
		}
	})
}

// A contextEnder ends a context when a transaction is committed.
type contextEnder struct{ cancel context.CancelFunc }

func (contextEnder) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (e contextEnder) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	if event.Query == "COMMIT" {
		e.cancel()
	}
}

// A mutation whose context ends after the change has data. Only what else it reads can be missing.
func TestMutationInterruptedAfterChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		for selection, want := range map[string]string{
			"name":                                 `{"data":{"evaluateResults":{"assignment":{"name":"one"}}}}`,
			"name course { name }":                 `{"data":null,"errors":[`,
			"result(userCanvasId: 1001000) { id }": `{"data":{"evaluateResults":{"assignment":{"result":null}}},"errors":[`,
		} {
			ctx, cancel := context.WithCancel(access.WithPrincipal(t.Context(), ms.teacher()))
			defer cancel()
			interrupted := *ms
			interrupted.store = s.WithQueryHook(contextEnder{cancel})
			w := httptest.NewRecorder()
			op := fmt.Sprintf(`mutation { evaluateResults(assignment: %s, evaluate: {scope: LATEST}) { assignment { %s } } }`, ms.ref(), selection)
			newServerWith(&interrupted, false).ServeCaller(w, request(t, ctx, op))
			if body := w.Body.String(); w.Code != 200 || !strings.HasPrefix(body, want) || ctx.Err() == nil {
				t.Errorf("%s: the response is %d %.300s, want 200 %s", selection, w.Code, body, want)
			}
			if ms.queue.takeKinds() == "" {
				t.Errorf("%s: the mutation made no change", selection)
			}
		}
	})
}
