package graph_test

import (
	"os"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph/fastpath"
)

// The dashboard in docs/clients.md runs one statement for each level and kind of figure.
func TestDashboard(t *testing.T) {
	s := dbtest.NewPostgres(t)
	one := newCourseFixture(t, s, 1001, 30, "one")
	text, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, op, _ := strings.Cut(string(text), "<!-- dashboard -->\n```graphql\n")
	op, _, ok := strings.Cut(op, "```")
	if !ok {
		t.Fatal("docs/clients.md has no dashboard")
	}
	op = strings.Replace(op, "account(momotorId: 1)", `account(canvasGuid: "guidone")`, 1)
	report := &fastpath.Report{}
	executeWithReport(t, newServers(t, s).fast, reviewerOf(one), op, report)
	if want := 7; report.Fallback != nil || report.Statements > want {
		t.Errorf("the dashboard runs %d statements, want at most %d; fallback: %v", report.Statements, want, report.Fallback)
	}
}

// All queries in docs/clients.md are valid.
func TestQueriesOfClientsPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 2, "one")
	server, queries := newServers(t, s).fast, 0
	for _, block := range strings.Split(string(text), "```graphql\n")[1:] {
		query, _, _ := strings.Cut(block, "```")
		if !strings.HasPrefix(query, "{") { // a mutation
			continue
		}
		queries++
		if body, _ := execute(t, server, reviewerOf(one), query); strings.Contains(string(body), `"errors":[`) {
			t.Errorf("%s = %s", query, body)
		}
	}
	if queries < 3 {
		t.Errorf("the page has %d queries, want at least 3", queries)
	}
}
