package graph_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph/exec"
)

// Whatever is asked, the fast lane answers what the resolvers answer, byte by byte.
func TestLanes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newClass(t, s, 1001, 7, "one"), newClass(t, s, 1002, 4, "two")
		newClass(t, s, 1003, 2, "three")
		fast := serve(t, s).withKey(t, s, one.course.MomotorID, two.course.MomotorID)
		slow := serveSlow(t, s)
		slow.key = fast.key
		a := &author{schema: exec.NewExecutableSchema(exec.Config{}).Schema(), depth: 7, values: map[string][]string{
			"canvasId": {"1001", "1002", "1501", "1001001", "1"}, "userCanvasId": {"1001001", "1002001"}, "user": {"1001001", "1002001"},
			"section": {"10010", "10020"}, "after": {"null"}, "before": {"null"}, "last": {"null"},
			"canvasGuid": {`"guidone"`, `"guidthree"`}, "momotorId": {"null"}, "id": {`"run.0"`},
		}}
		rapid.Check(t, func(rt *rapid.T) {
			op := a.operation(rt)
			_, want := slow.post(t, op, nil)
			if _, got := fast.post(t, op, nil); !bytes.Equal(got, want) {
				rt.Fatalf("%s\nfast lane: %s\nresolvers: %s", op, got, want)
			}
		})
	})
}
