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

// The observer gets the outcome of each operation once. Its values do not come from the request.
func TestObserve(t *testing.T) {
	t.Parallel()
	s := dbtest.Open(t, dbtest.SQLite(t))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name, op        string
		disableFastPath bool
		ctx             context.Context
		want            graph.Outcome
	}{
		{"a read", `{ accounts { nodes { name } } }`, false, t.Context(), graph.Outcome{Path: "fast", Codes: []string{}}},
		{"without the fast path", `{ accounts { nodes { name } } }`, true, t.Context(), graph.Outcome{Path: "resolvers", Reason: "disabled", Codes: []string{}}},
		{"introspection", `{ __schema { types { name } } }`, false, t.Context(), graph.Outcome{Path: "resolvers", Reason: "unsupported", Codes: []string{}}},
		{"introspection and a read", `{ __schema { types { name } } accounts { nodes { name } } }`, false, t.Context(), graph.Outcome{Path: "mixed", Reason: "unsupported", Codes: []string{}}},
		{"an invalid cursor", `{ accounts(after: "x") { nodes { name } } }`, false, t.Context(), graph.Outcome{Path: "resolvers", Reason: "argument", Codes: []string{"BAD_USER_INPUT"}}},
		{"two errors", `{ a: nothing b: nothing }`, false, t.Context(), graph.Outcome{Path: "none", Reason: "rejected", Codes: []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"}}},
		{"no document", `{`, false, t.Context(), graph.Outcome{Path: "none", Reason: "rejected", Codes: []string{"GRAPHQL_PARSE_FAILED"}}},
		{"a canceled request", `{ accounts { nodes { name } } }`, false, canceled, graph.Outcome{Path: "none", Reason: "cancelled"}},
	} {
		var observed outcomes
		api := graph.NewServer(graph.Config{Store: s, Observe: observed.add, DisableFastPath: tt.disableFastPath, Log: slog.New(slog.DiscardHandler)})
		body := `{"query":"` + strings.ReplaceAll(tt.op, `"`, `\"`) + `"}`
		r := httptest.NewRequestWithContext(access.WithPrincipal(tt.ctx, &access.Principal{Kind: access.APIKey}), http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		api.ServeCaller(httptest.NewRecorder(), r)
		if want := []graph.Outcome{tt.want}; !reflect.DeepEqual(observed.all(), want) {
			t.Errorf("%s: observed %+v, want %+v", tt.name, observed.all(), want)
		}
	}
}

// outcomes are the outcomes that an observer got.
type outcomes struct {
	mu   sync.Mutex
	list []graph.Outcome
}

func (o *outcomes) add(out graph.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, out)
}

func (o *outcomes) all() []graph.Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.list
}
