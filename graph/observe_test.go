package graph_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// Whoever observes is told of each operation once, in words that are not from it.
func TestObserve(t *testing.T) {
	t.Parallel()
	s := dbtest.Open(t, dbtest.SQLite(t))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name, op string
		off      bool
		ctx      context.Context
		want     graph.Outcome
	}{
		{"a read", `{ accounts { nodes { name } } }`, false, t.Context(), graph.Outcome{Path: "fast", Codes: []string{}}},
		{"without the fast path", `{ accounts { nodes { name } } }`, true, t.Context(), graph.Outcome{Path: "resolvers", Reason: "disabled", Codes: []string{}}},
		{"of the schema", `{ __schema { types { name } } }`, false, t.Context(), graph.Outcome{Path: "resolvers", Reason: "unsupported", Codes: []string{}}},
		{"a cursor of nobody", `{ accounts(after: "x") { nodes { name } } }`, false, t.Context(), graph.Outcome{Path: "resolvers", Reason: "argument", Codes: []string{"BAD_USER_INPUT"}}},
		{"two errors", `{ a: nothing b: nothing }`, false, t.Context(), graph.Outcome{Path: "none", Reason: "rejected", Codes: []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"}}},
		{"no document", `{`, false, t.Context(), graph.Outcome{Path: "none", Reason: "rejected", Codes: []string{"GRAPHQL_PARSE_FAILED"}}},
		{"a client that is gone", `{ accounts { nodes { name } } }`, false, gone, graph.Outcome{Path: "none", Reason: "cancelled"}},
	} {
		var told outcomes
		api := graph.NewServer(graph.Config{Store: s, Observe: told.add, DisableFastPath: tt.off, Log: slog.New(slog.DiscardHandler)})
		body := `{"query":"` + strings.ReplaceAll(tt.op, `"`, `\"`) + `"}`
		r := httptest.NewRequestWithContext(access.WithPrincipal(tt.ctx, &access.Principal{Kind: access.APIKey}), http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		api.ServeCaller(httptest.NewRecorder(), r)
		if want := []graph.Outcome{tt.want}; !reflect.DeepEqual(told.all(), want) {
			t.Errorf("%s: told %+v, want %+v", tt.name, told.all(), want)
		}
	}
}

// outcomes are what an observer was told.
type outcomes struct {
	mu   sync.Mutex
	told []graph.Outcome
}

func (o *outcomes) add(out graph.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = append(o.told, out)
}

func (o *outcomes) all() []graph.Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.told
}
