package graph_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// The responses to all invalid API keys are equal, so that they do not reveal which part of a key
// is wrong.
func TestInvalidKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fixture := newCourseFixture(t, s, 1001, 1, "one")
		c := startServer(t, s).withKey(t, s, fixture.course.MomotorID)
		prefix, secret, _ := strings.Cut(c.key, ".")
		revoked := c.withKey(t, s, fixture.course.MomotorID)
		if err := s.RevokeAPIKey(t.Context(), strings.Split(revoked.key, ".")[0]); err != nil {
			t.Fatal(err)
		}
		cases := map[string]string{
			"unknown prefix": "zzzzzzzz." + secret, "wrong secret": prefix + "." + strings.ToUpper(secret), "no dot": prefix + secret,
			"no secret": prefix + ".", "no prefix": "." + secret, "revoked": revoked.key, "too long": strings.Repeat("x", 5000) + "." + secret,
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
			t.Errorf("responses to invalid keys = %v, want equal responses", bodies)
		}
		missing := *c
		missing.key = ""
		if status, body := missing.post(t, "{ viewer { name } }", nil); status != http.StatusUnauthorized || !strings.Contains(string(body), "Api-Key PREFIX.SECRET") {
			t.Errorf("no key: %d %s, want 401 and the format of the header", status, body)
		}
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("log = %s, want no secret in it", c.log)
		}
		if status, body := c.post(t, "{ viewer { name keyPrefix readOnly } }", nil); status != http.StatusOK || !strings.Contains(string(body), prefix) {
			t.Errorf("the valid key after invalid ones = %d %s, want 200", status, body)
		}
	})
}

// The error of an invalid operation has a code and a message.
func TestInvalidOperations(t *testing.T) {
	s := dbtest.NewSQLite(t)
	fixture := newCourseFixture(t, s, 1001, 3, "one")
	c := startServer(t, s).withKey(t, s, fixture.course.MomotorID)
	cases := []struct {
		name, query string
		variables   map[string]any
		code, text  string
	}{
		{"syntax", "{ viewer { name }", nil, "GRAPHQL_PARSE_FAILED", "Expected Name"},
		{"unknown field", "{ viewer { nam } }", nil, "GRAPHQL_VALIDATION_FAILED", `Cannot query field \"nam\"`},
		{"missing variable", "query($n: Int!) { accounts(first: $n) { nodes { name } } }", nil, "GRAPHQL_VALIDATION_FAILED", "The variable “$n” is not valid: must be defined."},
		{"variable of the wrong type", "query($n: Int!) { accounts(first: $n) { nodes { name } } }", map[string]any{"n": "x"}, "", "n"},
		{"both identifiers", `{ account(momotorId: 1, canvasGuid: "x") { name } }`, nil, "BAD_USER_INPUT", "exactly one"},
		{"no identifier", `{ account { name } }`, nil, "BAD_USER_INPUT", "exactly one"},
		{"first and last", `{ accounts(first: 1, last: 1) { nodes { name } } }`, nil, "BAD_USER_INPUT", "not both"},
		{"invalid cursor", `{ accounts(first: 1, after: "bm9wZQ") { nodes { name } } }`, nil, "BAD_USER_INPUT", "“after” is not a cursor of this list in this order; pass"},
		{"no operation name", "query A { viewer { name } } query B { viewer { name } }", nil, "GRAPHQL_VALIDATION_FAILED", "The document has 2 operations; send the name of one of them as “operationName”."},
		{"negative page length", `{ accounts(first: -1) { nodes { name } } }`, nil, "BAD_USER_INPUT", "first"},
		{"invalid time", `{ viewer { courses { nodes { results(filter: {submittedFrom: "now"}) { totalCount } } } } }`, nil, "", "DateTime"},
		{"too many nodes", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": make([]string, 101)}, "BAD_USER_INPUT", "at most 100"},
	}
	for _, tt := range cases {
		status, body := c.post(t, tt.query, tt.variables)
		var response struct {
			Errors []struct {
				Message    string
				Extensions struct{ Code string }
			}
		}
		if err := json.Unmarshal(body, &response); err != nil || len(response.Errors) == 0 {
			t.Errorf("%s: %d %s, want errors", tt.name, status, body)
			continue
		}
		if tt.code != "" && response.Errors[0].Extensions.Code != tt.code || !strings.Contains(string(body), tt.text) {
			t.Errorf("%s: %s, want %s with %q", tt.name, body, tt.code, tt.text)
		}
	}
}
