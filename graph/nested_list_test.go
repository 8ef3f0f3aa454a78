package graph_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// A connection inside another connection has shorter pages by default, on both paths.
func TestNestedPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 70, "one")
		servers := newServers(t, s)
		for selection, want := range map[string]int{ // the number of results in the response
			"course(canvasId: 1001) { results { nodes { n: momotorId } } }":                                                                                     50,
			"course(canvasId: 1001) { assignment(canvasId: 1501) { results { nodes { n: momotorId } } } }":                                                      50,
			"course(canvasId: 1001) { assignments { nodes { results { nodes { n: momotorId } } } } }":                                                           20,
			"course(canvasId: 1001) { assignments { edges { node { results { edges { node { n: momotorId } } } } } } }":                                         20,
			"course(canvasId: 1001) { assignments(first: 1) { nodes { course { assignment(canvasId: 1501) { results { nodes { n: momotorId } } } } } } }":       20,
			"course(canvasId: 1001) { assignments { nodes { results(last: 30) { nodes { n: momotorId } } } } }":                                                 30,
			"course(canvasId: 1001) { assignments { nodes { results(first: null) { nodes { n: momotorId } } } } }":                                              20,
			"course(canvasId: 1001) { results(first: 0) { groups(by: [ASSIGNMENT]) { nodes { key { assignment { results { nodes { n: momotorId } } } } } } } }": 20,
			"course(canvasId: 1001) { results(first: 1) { nodes { assignment { results { nodes { n: momotorId } } } } } }":                                      20,
			"course(canvasId: 1001) { assignment(canvasId: 1501) { ...R } assignments { nodes { ...R } } }":                                                     50 + 20,
		} {
			op := `query { account(canvasGuid: "guidone") { ` + selection + ` } } fragment R on Assignment { results { nodes { n: momotorId } } }`
			if !strings.Contains(selection, "...R") {
				op, _, _ = strings.Cut(op, "fragment")
			}
			checkPages(t, servers, one, op, want)
		}
		checkPages(t, servers, one, `{ nodes(ids: ["`+one.assignment.ID()+`"]) { ... on Assignment { results { nodes { n: momotorId } } } } }`, 50)
		checkPages(t, servers, one, `{ viewer { courses { nodes { assignments { nodes { results { nodes { n: momotorId } } } } } } } }`, 20)
	})
}

// checkPages checks the number of results in the response to an operation, which selects n of each result.
func checkPages(t *testing.T, servers *servers, course *courseFixture, op string, want int) {
	t.Helper()
	for path, server := range map[string]*graph.Server{"fast": servers.fast, "mixed": servers.mixed, "resolvers": servers.slow} {
		body, by := execute(t, server, reviewerOf(course), op)
		if got := bytes.Count(body, []byte(`"n":`)); got != want {
			t.Errorf("%s (%s): %s = %d results, want %d: %.500s", path, by, op, got, want, body)
		}
	}
}

// With the default limits, the results of a store with one course can be read without arguments.
func TestNestedPagesAreWithinLimits(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 3, "one")
	server := graph.NewServer(graph.Config{Store: s, Log: slog.New(slog.DiscardHandler)})
	caller := reviewerOf(one)
	for courses := range int64(200) {
		const op = `{ viewer { courses { nodes { assignments { nodes { results { nodes { score } } } } } } } }`
		if body, _ := execute(t, server, caller, op); !bytes.Contains(body, []byte(`"score":2.0`)) {
			t.Fatalf("a caller with %d courses: %s", courses+1, body)
		}
		caller = &access.Principal{Kind: access.APIKey, Grants: append(caller.Grants, access.Grant{CourseID: 1_000_000 + courses, Roles: access.Teacher})}
	}
}

// The estimate knows how many courses the caller may see.
func TestEstimateOfFewCourses(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one, two := newCourseFixture(t, s, 1001, 3, "one"), newCourseFixture(t, s, 1002, 3, "two")
	server := graph.NewServer(graph.Config{Store: s, Log: slog.New(slog.DiscardHandler)})
	both := reviewerOf(one)
	both.Grants = append(both.Grants, reviewerOf(two).Grants...)
	for advice, caller := range map[string]*access.Principal{"": reviewerOf(one), "“first: 543” for “viewer.courses.nodes.assignments”": both} {
		const op = `{ viewer { courses { nodes { assignments(first: 1000) { nodes { results(first: 90) { nodes { score } } } } } } } }`
		body, _ := execute(t, server, caller, op)
		if got := bytes.Contains(body, []byte("errors")); got != (advice != "") || !bytes.Contains(body, []byte(advice)) {
			t.Errorf("a caller with %d courses: %.500s, want the advice %q", len(caller.Grants), body, advice)
		}
	}
}

// A trusted document reads whole lists, also inside connections.
func TestNestedListsOfTrustedDocuments(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 70, "one")
	for _, disableFastPath := range []bool{false, true} {
		e := graph.NewServer(graph.Config{Store: s, Log: slog.New(slog.DiscardHandler), DisableFastPath: disableFastPath}).TrustedExecutor()
		ctx := graphql.StartOperationTrace(access.WithPrincipal(t.Context(), reviewerOf(one)))
		op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: `{ accounts { nodes { course(canvasId: 1001) { users { nodes { n: name } } } } } }`})
		if errs != nil {
			t.Fatal(errs)
		}
		respond, ctx := e.DispatchOperation(ctx, op)
		body, err := json.Marshal(respond(ctx))
		if got := bytes.Count(body, []byte(`"n":`)); got != 70 || err != nil {
			t.Errorf("disableFastPath %t: %d users, want 70; %v: %.500s", disableFastPath, got, err, body)
		}
	}
}
