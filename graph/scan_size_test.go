package graph_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
)

// Every field with figures, and every list of results, has the directive @scanSize. The guard uses it to
// estimate the rows of an operation.
func TestFiguresHaveScanSizes(t *testing.T) {
	t.Parallel()
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	for _, name := range graph.SelectableFields(schema) {
		typeName, field, _ := strings.Cut(name, ".")
		def := schema.Types[typeName].Fields.ForName(field)
		if (graph.ReadsFigures(name) || def.Type.Name() == "ResultConnection") && def.Directives.ForName("scanSize") == nil {
			t.Errorf("%s needs the directive @scanSize in schema.graphqls", name)
		}
	}
}

// An operation whose figures could read too many rows is rejected, with advice. Figures of a large course are
// not.
func TestLimitOfRows(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 3, "one")
	caller := reviewerOf(one)
	for course := range int64(30) { // the estimate depends on the number of courses of the caller
		caller.Grants = append(caller.Grants, access.Grant{CourseID: 1_000_000 + course, Roles: access.Teacher})
	}
	server := graph.NewServer(graph.Config{Store: s, Log: slog.New(slog.DiscardHandler)})
	for selection, rejected := range map[string]bool{
		"courses(first: 30) { nodes { results(first: 0) { stats { count } } stepStats { count } } }":                                                                                         true,
		"courses(first: 25) { nodes { results(first: 0) { stats { count } } stepStats { count } } }":                                                                                         false,
		"course(canvasId: 1001) { results(first: 0, pick: ALL) { groups(by: [SECTION, DAY], first: 1000) { totalCount } } }":                                                                 false,
		"course(canvasId: 1001) { assignments(first: 200) { nodes { results(first: 0) { stats { count } groups(by: [SECTION]) { totalCount } } stepStats { count } itemAnalysis { n } } } }": false,
	} {
		op := `{ account(canvasGuid: "guidone") { ` + selection + ` } }`
		w := httptest.NewRecorder()
		server.ServeCaller(w, request(t, access.WithPrincipal(t.Context(), caller), op))
		body := w.Body.String()
		if got := strings.Contains(body, `"limit":"rows"`) && strings.Contains(body, "request them for fewer courses or assignments with “first: 27” for “account.courses”"); got != rejected || !rejected && strings.Contains(body, "errors") {
			t.Errorf("%s = %s", selection, body)
		}
	}
}
