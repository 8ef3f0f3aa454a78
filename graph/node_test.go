package graph_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph"
)

// The node of an unknown, invisible or malformed id is null, and the response has no error.
func TestNodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		own, foreign := newCourseFixture(t, s, 1001, 2, "own"), newCourseFixture(t, s, 1002, 2, "foreign")
		const allIDs = `{ accounts { nodes { id courses { nodes { id sections { id } assignments { nodes { id recipe { id }
			results { nodes { id user { id } bundles { id } steps { id } } } } } } } } } }`
		for _, tt := range []struct {
			name    string
			fixture *courseFixture
			visible bool
		}{{"own", own, true}, {"foreign", foreign, false}} {
			c := startServer(t, s)
			_, body := c.withKey(t, s, tt.fixture.course.MomotorID).post(t, allIDs, nil)
			ids := idsInJSON(t, body)
			if len(ids) < 15 {
				t.Fatalf("%d ids in %s, want at least 15", len(ids), body)
			}
			var response struct {
				Nodes []*struct {
					Typename string `json:"__typename"`
					ID       string
				}
			}
			requested := append(ids, "malformed", "")
			c.withKey(t, s, own.course.MomotorID).query(t, `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, map[string]any{"ids": requested}, &response)
			for i, id := range requested {
				got := response.Nodes[i]
				if want := tt.visible && i < len(ids); (got != nil) != want || got != nil && got.ID != id {
					t.Errorf("the %s node %q = %+v, want visible %t", tt.name, id, got, want)
				}
			}
		}
	})
}

// idsInJSON returns all string values with the key "id" in a JSON document.
func idsInJSON(t *testing.T, body []byte) (ids []string) {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	var visit func(any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, child := range v {
				if id, ok := child.(string); ok && k == "id" {
					ids = append(ids, id)
				}
				visit(child)
			}
		case []any:
			for _, child := range v {
				visit(child)
			}
		}
	}
	visit(v)
	return ids
}

// An id that nodes gets many times is read once, with everything below it.
func TestDuplicateIDsAreReadOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 2, "one")
		id := db.NodeID{Type: "Course", Key: query.Key{one.course.MomotorID}}.String()
		var recorded statementRecorder
		servers := newServers(t, s.WithQueryHook(&recorded))
		for name, server := range map[string]*graph.Server{"fast": servers.fast, "resolvers": servers.slow} {
			ask := func(n int) (answer string, statements []string) {
				recorded.take()
				op := `{ nodes(ids: [` + strings.Repeat(strconv.Quote(id)+" ", n) + `]) { ... on Course { code results(first: 2) { nodes { steps { taskId } } } } } }`
				body, _ := execute(t, server, reviewerOf(one), op)
				return string(body), recorded.take()
			}
			one, statements := ask(1)
			hundred, got := ask(100)
			node := strings.TrimSuffix(strings.TrimPrefix(one, `{"data":{"nodes":[`), `]}}`)
			if want := `{"data":{"nodes":[` + strings.Repeat(node+",", 99) + node + `]}}`; hundred != want || !strings.Contains(node, `"taskId":"run.0"`) {
				t.Errorf("%s: a hundred ids have the response %.200s, want a hundred times %s", name, hundred, node)
			}
			if !slices.Equal(got, statements) {
				t.Errorf("%s: a hundred ids run the statements %q, want those of one id, %q", name, got, statements)
			}
		}
	})
}

// A statementRecorder is a hook that records the statements of bun.
type statementRecorder struct {
	mu         sync.Mutex
	statements []string
}

// take returns the statements since the last call.
func (r *statementRecorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.statements
	r.statements = nil
	return out
}

// BeforeQuery implements bun.QueryHook.
func (r *statementRecorder) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements = append(r.statements, e.Query)
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (*statementRecorder) AfterQuery(context.Context, *bun.QueryEvent) {}
