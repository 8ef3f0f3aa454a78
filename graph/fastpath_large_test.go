package graph_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// newLargeCourse returns a course with 600 students. Every third student has two attempts, and the
// others have one.
func newLargeCourse(t testing.TB, s *db.Store) *courseFixture {
	t.Helper()
	c := newCourseFixture(t, s, 1001, 600, "one")
	dbtest.Exec(t, s, "DELETE FROM result WHERE attempt = 1 AND user_id % 3 > 0")
	return c
}

// largeOperations are selections on a large course. Each reads lists for more than 500 parents at
// once.
var largeOperations = map[string]string{
	"a list below a list":          "assignment(canvasId: 1501) { results(pick: ALL, first: 1000) { nodes { momotorId steps { taskId } } } }",
	"a list of lists":              "assignment(canvasId: 1501) { results(pick: ALL, first: 1000) { nodes { momotorId stepGroups { taskId } } } }",
	"the first row of each list":   "users(first: 1000) { nodes { canvasId results(pick: ALL, first: 1) { nodes { attempt } } } }",
	"the last row of each list":    "users(first: 1000) { nodes { canvasId results(pick: ALL, last: 1) { nodes { attempt } } } }",
	"the last rows in order":       "users(first: 1000) { nodes { canvasId results(pick: ALL, last: 3) { nodes { attempt } } } }",
	"no row of each list":          "users(first: 1000) { nodes { canvasId results(pick: ALL, first: 0) { nodes { attempt } } } }",
	"lists of the last parents":    "users(last: 550) { nodes { canvasId results(pick: ALL, first: 3) { nodes { attempt } } } }",
	"lists that parents share":     "assignment(canvasId: 1501) { results(pick: ALL, first: 1000) { nodes { momotorId attempts { momotorId attempt } } } }",
	"lists below shared parents":   "assignment(canvasId: 1501) { results(pick: ALL, first: 1000) { nodes { momotorId user { results(pick: ALL, first: 2) { nodes { momotorId } } } } } }",
	"lists in descending order":    "users(first: 1000, orderBy: {direction: DESC}) { nodes { canvasId results(pick: ALL, first: 2, orderBy: {direction: DESC}) { nodes { attempt } } } }",
	"neighbours of each page":      "users(first: 1000) { nodes { canvasId results(pick: ALL, first: 1) { pageInfo { hasNextPage hasPreviousPage } nodes { attempt } } } }",
	"neighbours of each last page": "users(first: 1000) { nodes { canvasId results(pick: ALL, last: 1) { pageInfo { hasNextPage hasPreviousPage } nodes { attempt } } } }",
	"total counts":                 "users(first: 1000) { nodes { canvasId results(pick: ALL, first: 1) { totalCount nodes { attempt } } } }",
	"cursors":                      "users(first: 1000) { nodes { canvasId results(pick: ALL, first: 1) { edges { cursor node { attempt } } } } }",
	"the same rows twice":          "users(first: 1000) { nodes { canvasId results(pick: ALL, first: 2) { a: nodes { attempt } b: nodes { momotorId } } } }",
	"two lists of each parent":     "users(first: 1000) { nodes { canvasId a: results(pick: ALL, first: 2) { nodes { attempt } } b: results(pick: ALL, first: 1) { nodes { momotorId } } } }",
	"a list of three levels":       "assignment(canvasId: 1501) { results(pick: ALL, first: 1000) { nodes { momotorId user { canvasId } bundles { name } steps { taskId } } } }",
}

// Both paths answer the same to operations with lists of more than 500 parents, which the fast path
// may stream.
func TestLargePathsAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newLargeCourse(t, s)
		servers := newServers(t, s)
		for name, selection := range largeOperations {
			t.Run(name, func(t *testing.T) {
				op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { ` + selection + ` } } }`
				compare(t, servers.slow, servers.fast, reviewerOf(one), op, nil, coverage{})
			})
		}
	})
}

// pathsSeed is the seed of the first operation of TestRandomLargePathsAgree.
var pathsSeed = flag.Int("paths.seed", 0, "seed of the first random operation on a large course; 0 chooses one at random")

// Both paths answer the same to random operations on a course with more than 500 students.
//
// A failure prints the seed of its operation. This repeats it:
//
//	go test ./graph -run TestRandomLargePathsAgree -paths.seed=1234
func TestRandomLargePathsAgree(t *testing.T) {
	first := *pathsSeed
	if first == 0 {
		first = 1 + rand.IntN(1_000_000)
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newLargeCourse(t, s)
		servers := newServersWithPages(t, s, 1000, 1000)
		var operations []*rapid.Generator[randomOperation]
		for _, path := range [][]string{{"account", "course", "assignment", "results"}, {"account", "course", "users"}} {
			g := newOperationGenerator(t, servers, reviewerOf(one), path)
			g.depth = 3
			g.values["first"] = []string{"1000", "2", "1"}
			operations = append(operations, rapid.Custom(g.operation))
		}
		const documents = 20
		for seed := first; seed < first+documents; seed++ {
			op := operations[seed%len(operations)].Example(seed)
			t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				op.compare(t, servers.slow, servers.fast, reviewerOf(one), coverage{})
			})
		}
	})
}
