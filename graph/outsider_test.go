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

// Whatever a key asks, nothing of a course that it does not open is in the answer, and
// no valid operation breaks the server.
func TestOutsider(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		mine, theirs := newClass(t, s, 1001, 4, "mine"), newClass(t, s, 1002, 4, "FORBIDDEN")
		insider := serve(t, s).withKey(t, s, theirs.course.MomotorID)
		_, body := insider.post(t, `{ accounts { nodes { id courses { nodes { id sections { id } users { nodes { id } }
			assignments { nodes { id recipe { id } results { nodes { id bundles { id } steps { id } } } } } } } } } }`, nil)
		foreign := idsIn(t, body)
		quoted := make([]string, len(foreign))
		for i, id := range foreign {
			quoted[i] = fmt.Sprintf("%q", id)
		}
		a := &author{schema: exec.NewExecutableSchema(exec.Config{}).Schema(), depth: 7, values: map[string][]string{
			"ids": quoted, "canvasId": {"1001", "1002"}, "userCanvasId": {"1001001", "1002001"}, "user": {"1001001", "1002001"},
			"section": {"10010", "10020"}, "after": {"null"}, "before": {"null"}, "last": {"null"},
			"canvasGuid": {`"guidmine"`, `"guidFORBIDDEN"`}, "momotorId": {"null"},
		}}
		a.values["id"] = append(quoted, `"run.0"`)
		c := serve(t, s).withKey(t, s, mine.course.MomotorID)
		seen := 0
		rapid.Check(t, func(rt *rapid.T) {
			op := a.operation(rt)
			status, body := c.post(t, op, nil)
			if text := string(body); status != http.StatusOK || strings.Contains(text, `"code":"INTERNAL"`) ||
				strings.Contains(text, "GRAPHQL_") || strings.Contains(text, "FORBIDDEN") {
				rt.Fatalf("%s\nanswers %d %s", op, status, body)
			} else if strings.Contains(text, "mine") {
				seen++
			}
			for _, id := range foreign {
				if strings.Contains(string(body), id) {
					rt.Fatalf("%s\nanswers with the foreign id %s: %s", op, id, body)
				}
			}
		})
		if seen == 0 {
			t.Error("no operation found anything at all: this test proves nothing")
		}
	})
}
