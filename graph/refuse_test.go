package graph_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// Whoever has no valid key learns nothing but that: not which part was wrong.
func TestKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		cl := newClass(t, s, 1001, 1, "one")
		c := serve(t, s).withKey(t, s, cl.course.MomotorID)
		prefix, secret, _ := strings.Cut(c.key, ".")
		revoked := c.withKey(t, s, cl.course.MomotorID)
		if err := s.RevokeAPIKey(t.Context(), strings.Split(revoked.key, ".")[0]); err != nil {
			t.Fatal(err)
		}
		cases := map[string]string{
			"unknown prefix": "zzzzzzzz." + secret, "wrong secret": prefix + "." + strings.ToUpper(secret), "no dot": prefix + secret,
			"no secret": prefix + ".", "no prefix": "." + secret, "revoked": revoked.key, "much": strings.Repeat("x", 5000) + "." + secret,
		}
		bodies := map[string]bool{}
		for name, key := range cases {
			bad := *c
			bad.key = key
			status, body := bad.post(t, "{ viewer { name } }", nil)
			if status != http.StatusUnauthorized || !strings.Contains(string(body), `"UNAUTHENTICATED"`) || strings.Contains(string(body), `"data"`) {
				t.Errorf("%s: %d %s, want 401 UNAUTHENTICATED without data", name, status, body)
			}
			bodies[string(body)] = true
		}
		if len(bodies) != 1 {
			t.Errorf("bad keys get different answers: %v", bodies)
		}
		missing := *c
		missing.key = ""
		if status, body := missing.post(t, "{ viewer { name } }", nil); status != http.StatusUnauthorized || !strings.Contains(string(body), "Api-Key PREFIX.SECRET") {
			t.Errorf("no key: %d %s, want 401 and how to send one", status, body)
		}
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("the log holds the secret: %s", c.log)
		}
		if status, body := c.post(t, "{ viewer { name keyPrefix readOnly } }", nil); status != http.StatusOK || !strings.Contains(string(body), prefix) {
			t.Errorf("the valid key gets %d %s after the failures of others", status, body)
		}
	})
}

// What is wrong with an operation is said with a code, and with what to do.
func TestBadInput(t *testing.T) {
	s := dbtest.Open(t, dbtest.SQLite(t))
	cl := newClass(t, s, 1001, 3, "one")
	c := serve(t, s).withKey(t, s, cl.course.MomotorID)
	cases := []struct {
		name, query string
		variables   map[string]any
		code, text  string
	}{
		{"syntax", "{ viewer { name }", nil, "GRAPHQL_PARSE_FAILED", "Expected Name"},
		{"unknown field", "{ viewer { nam } }", nil, "GRAPHQL_VALIDATION_FAILED", `Cannot query field \"nam\"`},
		{"missing variable", "query($n: Int!) { accounts(first: $n) { nodes { name } } }", nil, "GRAPHQL_VALIDATION_FAILED", "must be defined"},
		{"wrong variable", "query($n: Int!) { accounts(first: $n) { nodes { name } } }", map[string]any{"n": "x"}, "", "n"},
		{"both keys", `{ account(momotorId: 1, canvasGuid: "x") { name } }`, nil, "BAD_USER_INPUT", "exactly one"},
		{"no key", `{ account { name } }`, nil, "BAD_USER_INPUT", "exactly one"},
		{"first and last", `{ accounts(first: 1, last: 1) { nodes { name } } }`, nil, "BAD_USER_INPUT", "not both"},
		{"foreign cursor", `{ accounts(first: 1, after: "bm9wZQ") { nodes { name } } }`, nil, "BAD_USER_INPUT", "not a cursor of this list"},
		{"negative page", `{ accounts(first: -1) { nodes { name } } }`, nil, "BAD_USER_INPUT", "first"},
		{"bad time", `{ viewer { courses { nodes { results(filter: {submittedFrom: "now"}) { totalCount } } } } }`, nil, "", "DateTime"},
		{"too many nodes", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": make([]string, 101)}, "BAD_USER_INPUT", "at most 100"},
	}
	for _, tt := range cases {
		status, body := c.post(t, tt.query, tt.variables)
		var answer struct {
			Errors []struct {
				Message    string
				Extensions struct{ Code string }
			}
		}
		if err := json.Unmarshal(body, &answer); err != nil || len(answer.Errors) == 0 {
			t.Errorf("%s: %d %s, want errors", tt.name, status, body)
			continue
		}
		if tt.code != "" && answer.Errors[0].Extensions.Code != tt.code || !strings.Contains(string(body), tt.text) {
			t.Errorf("%s: %s, want %s with %q", tt.name, body, tt.code, tt.text)
		}
	}
}

// An id of what is not there, not to be seen or nonsense is null, without an error.
func TestNodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		mine, theirs := newClass(t, s, 1001, 2, "mine"), newClass(t, s, 1002, 2, "theirs")
		everything := `{ accounts { nodes { id courses { nodes { id sections { id } assignments { nodes { id recipe { id }
			results { nodes { id user { id } bundles { id } steps { id } } } } } } } } } }`
		for _, both := range []struct {
			cl    *class
			sees  bool
			index string
		}{{mine, true, "own"}, {theirs, false, "foreign"}} {
			c := serve(t, s)
			_, body := c.withKey(t, s, both.cl.course.MomotorID).post(t, everything, nil)
			ids := idsIn(t, body)
			if len(ids) < 15 {
				t.Fatalf("%d ids in %s", len(ids), body)
			}
			var answer struct {
				Nodes []*struct {
					Typename string `json:"__typename"`
					ID       string
				}
			}
			asked := append(ids, "nonsense", "")
			c.withKey(t, s, mine.course.MomotorID).query(t, `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, map[string]any{"ids": asked}, &answer)
			for i, id := range asked {
				got := answer.Nodes[i]
				if want := both.sees && i < len(ids); (got != nil) != want || got != nil && got.ID != id {
					t.Errorf("the %s node %q is %+v, want it seen: %v", both.index, id, got, want)
				}
			}
		}
	})
}

// idsIn collects all values of "id" in a JSON document.
func idsIn(t *testing.T, body []byte) (ids []string) {
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
