package graph_test

import (
	"fmt"
	"testing"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
)

// nestedQuery selects a field along every edge of the schema.
const nestedQuery = `query Nested($n: Int!) {
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

// The number of statements that the resolvers run for an operation does not depend on the number of
// rows.
func TestStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newCourseFixture(t, s, 1001, 500, "one"), newCourseFixture(t, s, 1002, 3, "two")
		var args []river.JobArgs
		for _, id := range rowIDs(t, s, "result", one) {
			args = append(args, jobs.ProcessResult{CourseID: one.course.MomotorID, ResultID: id})
		}
		enqueue(t, s, args...)
		c := startSlowServer(t, s).withKey(t, s, one.course.MomotorID, two.course.MomotorID)
		counts := map[int]int64{}
		for _, n := range []int{1, 10, 500} {
			var response struct {
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
			c.query(t, nestedQuery, map[string]any{"n": n}, &response)
			counts[n] = c.statements.Load()
			results := response.Accounts.Nodes[0].Courses.Nodes[0].Assignments.Nodes[0].Results
			if len(results.Edges) != n || results.TotalCount != 500 || len(results.Edges[0].Node.Steps) != 3 {
				t.Fatalf("%d results with totalCount %d, want %d with 500, each with three steps", len(results.Edges), results.TotalCount, n)
			}
		}
		if counts[1] != counts[10] || counts[1] != counts[500] {
			t.Errorf("statements by number of results: %v, want the same", counts)
		}
		t.Log("statements:", fmt.Sprint(counts))
	})
}
