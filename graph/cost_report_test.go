package graph_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// A response has its cost if the request asks for it, on both paths and also if the operation is rejected.
func TestCostOfResponse(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 3, "one")
	servers := newServers(t, s)
	send := func(server *graph.Server, header, op string) (body string, cost map[string]map[string]int64) {
		t.Helper()
		r := request(t, access.WithPrincipal(t.Context(), reviewerOf(one)), op)
		r.Header.Set("GraphQL-Cost", header)
		w := httptest.NewRecorder()
		server.ServeCaller(w, r)
		var answer struct {
			Extensions struct{ Cost map[string]map[string]int64 }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s = %s", op, w.Body)
		}
		return w.Body.String(), answer.Extensions.Cost
	}
	const op = `{ account(canvasGuid: "guidone") { name course(canvasId: 1001) { users(first: 10) { nodes { name } } } } }`
	for _, server := range []*graph.Server{servers.fast, servers.slow} {
		if body, cost := send(server, "false", op); cost != nil || strings.Contains(body, "extensions") {
			t.Errorf("without the header: %s", body)
		}
		body, cost := send(server, "true", op)
		if e := cost["estimated"]; e["nodes"] != 13 || e["values"] != 24 || e["depth"] != 5 || e["fields"] != 6 {
			t.Errorf("estimated = %v in %s", e, body)
		}
		if a := cost["actual"]; a["nodes"] != 6 || a["values"] != 10 || a["replyBytes"] < 50 { // account, course, users and three nodes; four names
			t.Errorf("actual = %v in %s", a, body)
		}
		if l := cost["limit"]; l["depth"] != 30 || l["replyBytes"] != 32<<20 {
			t.Errorf("limit = %v in %s", l, body)
		}
	}
	deep := "{ account(canvasGuid: \"x\") " + strings.Repeat("{ courses { nodes { account ", 12) + "{ name }" + strings.Repeat(" } } }", 12) + " }"
	if body, cost := send(servers.fast, "true", deep); cost["estimated"]["depth"] <= cost["limit"]["depth"] || !strings.Contains(body, "BAD_USER_INPUT") {
		t.Errorf("a rejected operation = %s", body)
	}
}
