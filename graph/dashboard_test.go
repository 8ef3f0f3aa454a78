package graph_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// The dashboard of the example clients runs one statement for each level and kind of figure.
func TestDashboard(t *testing.T) {
	s := dbtest.NewPostgres(t)
	one := newCourseFixture(t, s, 1001, 30, "one")
	report := &fastpath.Report{}
	ctx := fastpath.WithReport(access.WithPrincipal(t.Context(), reviewerOf(one)), report)
	newServers(t, s).fast.ServeCaller(httptest.NewRecorder(), requestWith(t, ctx, exampleOperations(t)["dashboard.graphql"], exampleVariables(one)))
	if want := 7; report.Fallback != nil || report.Statements == 0 || report.Statements > want {
		t.Errorf("the dashboard runs %d statements, want at most %d; fallback: %v", report.Statements, want, report.Fallback)
	}
}

// exampleOperations returns the operations of the example clients, by the name of their file.
func exampleOperations(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../docs/clients/*.graphql")
	if err != nil || len(files) < 2 {
		t.Fatalf("docs/clients has the operations %v, want at least 2: %v", files, err)
	}
	operations := map[string]string{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		operations[filepath.Base(name)] = string(text)
	}
	return operations
}

// exampleVariables are variables of the operations of the example clients.
func exampleVariables(c *courseFixture) map[string]any {
	return map[string]any{"account": c.account.MomotorID, "course": c.course.CanvasID, "since": 0, "first": 100}
}

// All queries in docs/clients.md and of the example clients are valid.
func TestQueriesOfClientsPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	queries := exampleOperations(t)
	for i, block := range strings.Split(string(text), "```graphql\n")[1:] {
		query, _, _ := strings.Cut(block, "```")
		if strings.HasPrefix(query, "{") { // not a mutation
			queries[fmt.Sprint("block ", i)] = query
		}
	}
	if len(queries) < 4 {
		t.Errorf("the page and the examples have %d queries, want at least 4", len(queries))
	}
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 2, "one")
	server := newServers(t, s).fast
	for name, query := range queries {
		if body, _ := executeWith(t, server, reviewerOf(one), query, exampleVariables(one)); strings.Contains(string(body), `"errors":[`) {
			t.Errorf("%s: %s = %s", name, query, body)
		}
	}
}
