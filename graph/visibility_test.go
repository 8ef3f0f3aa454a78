package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph/exec"
)

// No response has data of a course to which the API key gives no access, and no valid operation
// causes an internal error.
func TestForeignCourseIsInvisible(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		own, foreign := newCourseFixture(t, s, 1001, 4, "PERMITTED"), newCourseFixture(t, s, 1002, 4, "FORBIDDEN")
		foreignClient := startServer(t, s).withKey(t, s, foreign.course.MomotorID)
		_, body := foreignClient.post(t, `{ accounts { nodes { id courses { nodes { id sections { id } users { nodes { id } }
			assignments { nodes { id recipe { id } results { nodes { id bundles { id } steps { id } } } } } } } } } }`, nil)
		foreignIDs := idsInJSON(t, body)
		quoted := make([]string, len(foreignIDs))
		for i, id := range foreignIDs {
			quoted[i] = fmt.Sprintf("%q", id)
		}
		generator := &operationGenerator{schema: exec.NewExecutableSchema(exec.Config{}).Schema(), depth: 7, values: map[string][]string{
			"ids": quoted, "canvasId": {"1001", "1002"}, "userCanvasId": {"1001001", "1002001"}, "user": {"1001001", "1002001"},
			"section": {"10010", "10020"}, "after": {"null"}, "before": {"null"}, "last": {"null"},
			"canvasGuid": {`"guidPERMITTED"`, `"guidFORBIDDEN"`}, "momotorId": {"null"},
		}}
		generator.values["id"] = append(quoted, `"run.0"`)
		c := startServer(t, s).withKey(t, s, own.course.MomotorID)
		found := 0
		rapid.Check(t, func(rt *rapid.T) {
			op := generator.operation(rt)
			for _, variables := range op.requests {
				status, body := c.post(t, op.document, variables)
				if text := strings.ReplaceAll(string(body), `"code":"FORBIDDEN"`, ""); status != http.StatusOK || strings.Contains(text, `"code":"INTERNAL"`) ||
					strings.Contains(text, "GRAPHQL_") || strings.Contains(text, "FORBIDDEN") {
					rt.Fatalf("%s\nwith %v = %d %s, want 200 with neither internal errors nor foreign data", op.document, variables, status, body)
				} else if strings.Contains(text, "PERMITTED") {
					found++
				}
				for _, id := range foreignIDs {
					if strings.Contains(string(body), id) {
						rt.Fatalf("%s\nwith %v = %s, want a body without the foreign id %s", op.document, variables, body, id)
					}
				}
			}
		})
		if found == 0 {
			t.Error("no operation found data of the caller's own course, so the test proves nothing")
		}
	})
}
