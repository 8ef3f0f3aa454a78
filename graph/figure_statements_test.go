package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// figureSelections are the kinds of figures of an assignment, with the number of their statements. Figures of
// one connection have a statement for each kind.
var figureSelections = map[string]int64{
	"results(first: 0) { stats { count score { median } } }":                             1,
	"results(first: 0) { stats { count } groups(by: [ATTEMPT]) { totalCount } }":         2,
	"results(first: 0) { groups(by: [SECTION]) { nodes { key { section { name } } } } }": 2, // and the sections
	"stepStats { taskId count }":                   1,
	"itemAnalysis { n items { taskId facility } }": 1,
	"attemptsUntilPass { notPassed }":              1,
	"transitions { taskId failToPass }":            1,
}

// The resolvers run one statement for each kind of figure, whatever the number of assignments.
func TestStatementsOfFigures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 5, "one")
		for i := range 12 {
			dbtest.Exec(t, s, fmt.Sprintf(`INSERT INTO assignment (course_id, id, canvas_id, name, published, active, paused)
				VALUES (%d, %d, %d, 'more', true, false, false)`, one.course.MomotorID, 900_000+i, 7000+i))
			dbtest.Exec(t, s, fmt.Sprintf(`UPDATE result SET assignment_id = %d WHERE course_id = %d AND id %% 13 = %d`, 900_000+i, one.course.MomotorID, i))
		}
		c := startSlowServer(t, s).withKey(t, s, one.course.MomotorID)
		count := func(first int, selection string) int64 {
			var response struct {
				Accounts struct {
					Nodes []struct {
						Courses struct {
							Nodes []struct{ Assignments struct{ Nodes []any } }
						}
					}
				}
			}
			c.statements.Store(0)
			c.query(t, `{ accounts { nodes { courses { nodes { assignments(first: `+fmt.Sprint(first)+`) { nodes { canvasId `+selection+` } } } } } } }`, nil, &response)
			if n := len(response.Accounts.Nodes[0].Courses.Nodes[0].Assignments.Nodes); n != first {
				t.Fatalf("%d assignments, want %d", n, first)
			}
			return c.statements.Load()
		}
		base := count(13, "")
		for selection, want := range figureSelections {
			for _, first := range []int{1, 13} {
				if got := count(first, selection) - base; got > want {
					t.Errorf("%s of %d assignments runs %d statements, want at most %d", strings.TrimSpace(selection), first, got, want)
				}
			}
		}
	})
}
