package graph_test

import (
	"encoding/json"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
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
