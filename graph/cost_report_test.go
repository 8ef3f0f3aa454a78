package graph_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
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

// The cost of an operation with figures has the rows that they read, on both paths and both databases.
func TestRowsOfFigures(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 4, "one") // each student has two attempts, and each result three steps
		servers := newServers(t, s)
		for selection, want := range map[string][2]int64{ // estimated and actual
			"results(first: 0, pick: ALL) { stats { count passRate } totalCount }":                           {20_000, 8},
			"results(first: 0, filter: {attempt: 7}) { stats { count } }":                                    {20_000, 0},
			"results(first: 0, pick: ALL) { groups(by: [ATTEMPT], first: 1) { nodes { key { attempt } } } }": {20_000, 8},
			"activity { count }":  {20_000, 8},
			"stepStats { count }": {160_000, 12},
			"assignments(first: 3) { nodes { stepStats { count } results(first: 5) { nodes { score } stats { count } } } }": {27_000, 16},
			"assignment(canvasId: 1501) { itemAnalysis { n } }":                                                             {8_000, 12},
			"assignment(canvasId: 1501) { transitions { taskId } }":                                                         {8_000, 32},
			"assignment(canvasId: 1501) { attemptsUntilPass { notPassed } }":                                                {1_000, 8},
			"users(first: 10) { nodes { results(first: 0) { stats { count } } } }":                                          {500, 4},
			"results(first: 5) { nodes { score } }":                                                                         {0, 0},
		} {
			op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { ` + selection + ` } } }`
			for path, server := range map[string]*graph.Server{"fast": servers.fast, "resolvers": servers.slow} {
				r := request(t, access.WithPrincipal(t.Context(), reviewerOf(one)), op)
				r.Header.Set("GraphQL-Cost", "true")
				w := httptest.NewRecorder()
				server.ServeCaller(w, r)
				var answer struct {
					Extensions struct{ Cost map[string]map[string]int64 }
				}
				if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
					t.Fatalf("%s = %s", op, w.Body)
				}
				cost := answer.Extensions.Cost
				if got := [2]int64{cost["estimated"]["rows"], cost["actual"]["rows"]}; got != want || cost["limit"]["rows"] != 1<<40 {
					t.Errorf("%s: %s: the rows are %v, want %v: %s", selection, path, got, want, w.Body)
				}
			}
		}
	})
}
