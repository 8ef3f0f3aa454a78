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

// Each operation is observed once, and its outcome contains no text of the request.
func TestObserve(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name, op        string
		disableFastPath bool
		ctx             context.Context
		want            graph.OperationOutcome
	}{
		{"rows", `{ accounts { nodes { name } } }`, false, t.Context(), graph.OperationOutcome{Path: "fast", Codes: []string{}}},
		{"without the fast path", `{ accounts { nodes { name } } }`, true, t.Context(), graph.OperationOutcome{Path: "resolvers", Reason: "disabled", Codes: []string{}}},
		{"introspection", `{ __schema { types { name } } }`, false, t.Context(), graph.OperationOutcome{Path: "resolvers", Reason: "unsupported", Codes: []string{}}},
		{"introspection and rows", `{ __schema { types { name } } accounts { nodes { name } } }`, false, t.Context(), graph.OperationOutcome{Path: "mixed", Reason: "unsupported", Codes: []string{}}},
		{"an invalid cursor", `{ accounts(after: "x") { nodes { name } } }`, false, t.Context(), graph.OperationOutcome{Path: "resolvers", Reason: "argument", Codes: []string{"BAD_USER_INPUT"}}},
		{"two unknown fields", `{ a: nothing b: nothing }`, false, t.Context(), graph.OperationOutcome{Path: "none", Reason: "rejected", Codes: []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"}}},
		{"a syntax error", `{`, false, t.Context(), graph.OperationOutcome{Path: "none", Reason: "rejected", Codes: []string{"GRAPHQL_PARSE_FAILED"}}},
		{"a canceled request", `{ accounts { nodes { name } } }`, false, canceled, graph.OperationOutcome{Path: "none", Reason: "cancelled"}},
	} {
		var observed outcomeRecorder
		api := graph.NewServer(graph.Config{Store: s, Observe: observed.add, DisableFastPath: tt.disableFastPath, Log: slog.New(slog.DiscardHandler)})
		body := `{"query":"` + strings.ReplaceAll(tt.op, `"`, `\"`) + `"}`
		r := httptest.NewRequestWithContext(access.WithPrincipal(tt.ctx, &access.Principal{Kind: access.APIKey}), http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		api.ServeCaller(httptest.NewRecorder(), r)
		if want := []graph.OperationOutcome{tt.want}; !reflect.DeepEqual(observed.all(), want) {
			t.Errorf("%s: observed %+v, want %+v", tt.name, observed.all(), want)
		}
	}
}

// An outcomeRecorder records the observed outcomes.
type outcomeRecorder struct {
	mu   sync.Mutex
	list []graph.OperationOutcome
}

func (o *outcomeRecorder) add(out graph.OperationOutcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, out)
}

func (o *outcomeRecorder) all() []graph.OperationOutcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.list
}
