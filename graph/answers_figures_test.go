package graph_test

import (
	"net/http"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// Answers with figures have a tag. It is valid, and the cache has the answer, until their course changes.
func TestTagsOfFigures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newAnswersFixture(t, s, 1<<20)
		for _, selection := range []string{
			"results(first: 0) { stats { count score { mean } } }",
			"results(first: 0) { groups(by: [ATTEMPT, OUTCOME]) { totalCount nodes { key { attempt outcome } stats { count } } } }",
			"results(first: 0) { groups(by: [SECTION]) { nodes { key { section { name } } stats { students } } } }",
			"stepStats { taskId count assignment { name } }",
			"activity { start count }",
			"assignments { nodes { stepStats { taskId count } itemAnalysis { n } attemptsUntilPass { notPassed } transitions { taskId } } }",
		} {
			op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { ` + selection + ` } } }`
			for caller := range f.callersByName {
				f.check(t, http.MethodGet, caller, op, "")
				f.check(t, http.MethodGet, caller, op, f.lastTags[[2]string{caller, op}])
			}
			unchanged := func() int {
				return f.send(t, f.caching, http.MethodGet, "reviewer", op, f.lastTags[[2]string{"reviewer", op}]).Code
			}
			if got := unchanged(); got != http.StatusNotModified {
				t.Errorf("%s: the status is %d, want 304", selection, got)
			}
			dbtest.Exec(t, s, "UPDATE result SET score = coalesce(score, 0) + 1")
			if got := unchanged(); got != http.StatusOK {
				t.Errorf("%s: the status is %d after a change, want 200", selection, got)
			}
			f.check(t, http.MethodGet, "reviewer", op, f.lastTags[[2]string{"reviewer", op}])
		}
	})
}
