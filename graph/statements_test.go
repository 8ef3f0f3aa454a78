package graph_test

import (
	"fmt"
	"testing"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
)

// deepest asks for something along every edge of the schema.
const deepest = `query Deepest($n: Int!) {
  accounts { totalCount nodes { name
    courses { totalCount nodes { code account { name } sections { name course { code } }
      jobs(first: $n) { totalCount nodes { state result { score user { name } } assignment { name } upload { state } } }
      users(first: $n) { totalCount nodes { name roles results(first: 2) { nodes { score } } course { code } } }
      assignments { totalCount nodes { name course { code account { name } } recipe { name } config { url }
        results(first: $n) { totalCount edges { cursor node { score
          user { name sectionCanvasIds course { code } } group { name } assignment { name }
          attempts { attempt steps { taskId } } bundles { kind } bundle(kind: FULL) { sha256 }
          step(taskId: "run.0") { details } stepGroups { stepId taskNumbers } steps { taskId details result { score user { name } } }
  } } } } } } } } } }`

// Depth decides how many statements the resolvers take for an operation, and breadth does not.
func TestStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newClass(t, s, 1001, 500, "one"), newClass(t, s, 1002, 3, "two")
		var works []river.JobArgs
		for _, id := range idsOf(t, s, "result", one) {
			works = append(works, jobs.ProcessResult{CourseID: one.course.MomotorID, ResultID: id})
		}
		wait(t, s, works...)
		c := serveSlow(t, s).withKey(t, s, one.course.MomotorID, two.course.MomotorID)
		counts := map[int]int64{}
		for _, n := range []int{1, 10, 500} {
			var answer struct {
				Accounts struct {
					Nodes []struct {
						Courses struct {
							Nodes []struct {
								Assignments struct {
									Nodes []struct {
										Results struct {
											TotalCount int
											Edges      []struct {
												Node struct{ Steps []struct{ TaskID string } }
											}
										}
									}
								}
							}
						}
					}
				}
			}
			c.statements.Store(0)
			c.query(t, deepest, map[string]any{"n": n}, &answer)
			counts[n] = c.statements.Load()
			results := answer.Accounts.Nodes[0].Courses.Nodes[0].Assignments.Nodes[0].Results
			if len(results.Edges) != n || results.TotalCount != 500 || len(results.Edges[0].Node.Steps) != 3 {
				t.Fatalf("%d results of %d, want %d of 500, each with two tasks in its first step", len(results.Edges), results.TotalCount, n)
			}
		}
		if counts[1] != counts[10] || counts[1] != counts[500] {
			t.Errorf("statements by number of results: %v, want the same", counts)
		}
		t.Log("statements:", fmt.Sprint(counts))
	})
}
