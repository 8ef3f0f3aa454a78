package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/access"
)

// roleQueries have for each thing that roles differ in a query of the course 1001, and the text of the response
// that shows that the caller sees it.
var roleQueries = []struct{ thing, selection, shown string }{
	{"course", "name", `"One"`},
	{"assignments", "assignments { nodes { canvasId } }", `502`},
	{"configuration", "assignment(canvasId: 501) { recipe { name } }", `recipe.zip`},
	{"own result", "results(pick: ALL) { nodes { label } }", `own`},
	{"group's result", "results(pick: ALL) { nodes { label } }", `group`},
	{"unpublished result", "results(pick: ALL) { nodes { label } }", `unpublished`},
	{"secret result", "results(pick: ALL) { nodes { label } }", `confidential`},
	{"result of others", "results(pick: ALL) { nodes { label } }", `foreign`},
	{"recipe error", "results(pick: ALL) { nodes { label } }", `Recipe error`},
	{"postponed", "results(pick: ALL) { nodes { label } }", `Postponed`},
	{"learner's score", "results(pick: ALL) { nodes { score } }", `"score":5.0`},
	{"reviewer's score", "results(pick: ALL) { nodes { score } }", `"score":6.0`},
	{"step", "results(pick: ALL) { nodes { steps { taskId } } }", `plain`},
	{"secret step", "results(pick: ALL) { nodes { steps { taskId } } }", `secret`},
	{"hidden step", "results(pick: ALL) { nodes { steps { taskId } } }", `hidden`},
	{"product", "results(pick: ALL) { nodes { bundles { kind } } }", `PRODUCT`},
	{"results bundle", "results(pick: ALL) { nodes { bundles { kind } } }", `FULL`},
	{"oneself", "users { nodes { name } }", `Anna`},
	{"group members", "users { nodes { name } }", `Carl`},
	{"other people", "users { nodes { name } }", `Bob`},
	{"preferences", "name", `"kept"`},
}

// Each role sees what the manual of the LTI app says, and a person with several roles sees what any of them
// sees. Results are those of Anna.
func TestRoles(t *testing.T) {
	const (
		everybody = "course, assignments"
		reviewer  = everybody + ", configuration, own result, group's result, unpublished result, secret result, result of others, recipe error, " +
			"reviewer's score, step, secret step, hidden step, product, results bundle, oneself, group members, other people, preferences"
		designer = everybody + ", configuration, oneself"
		student  = everybody + ", own result, group's result, postponed, learner's score, step, product, oneself, group members"
		both     = everybody + ", configuration, own result, group's result, postponed, learner's score, step, product, oneself, group members"
	)
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newPeopleFixture(t, s)
		addLabeledResults(t, s, fx.Fixture)
		dbtest.Exec(t, s, fmt.Sprintf(`INSERT INTO preference (course_id, user_id, data) VALUES (%d, %d, '{"kept":1}')`, fx.Course.MomotorID, fx.Anna.MomotorID))
		for roles, want := range map[access.Roles]string{
			0: "", access.Teacher: reviewer, access.TA: reviewer, access.Designer: designer, access.Student: student,
			access.Designer | access.Student: both, access.TA | access.Student: reviewer, access.Teacher | access.Designer: reviewer,
			access.TA | access.Designer | access.Student: reviewer,
		} {
			var seen []string
			for _, q := range roleQueries {
				operation := `{ account(canvasGuid: "guid") { course(canvasId: 1001) { ` + q.selection + " } } }"
				if q.thing == "preferences" {
					operation = fmt.Sprintf("{ viewer { preferences(course: {id: %q}) } }", fx.Course.ID())
				}
				if body, _ := execute(t, fx.server, fx.person(fx.Anna, roles), operation); strings.Contains(string(body), q.shown) {
					seen = append(seen, q.thing)
				}
			}
			if got := strings.Join(seen, ", "); got != want {
				t.Errorf("a person with the roles %04b sees %s\nwant %s", roles, got, want)
			}
		}
	})
}

// addLabeledResults adds results whose labels say what they are.
func addLabeledResults(t *testing.T, s *db.Store, fx *dbtest.Fixture) {
	t.Helper()
	add := func(a *db.Assignment, u *db.User, attempt int, label string, change func(*ingest.ResultItem)) {
		fx.UpsertResults(t, s, dbtest.Modify(dbtest.Result(a, u, attempt), func(r *ingest.ResultItem) {
			r.Result.Label = &label
			change(r)
		}))
	}
	published, unpublished := fx.PublishedAssignment, fx.UnpublishedAssignment
	add(published, fx.Anna, 1, "own", func(*ingest.ResultItem) {})
	add(published, fx.Carl, 1, "group", func(r *ingest.ResultItem) { r.Group = []int64{fx.Carl.MomotorID, fx.Anna.MomotorID} })
	add(published, fx.Anna, 2, "confidential", func(r *ingest.ResultItem) { r.Result.Secret = new(true) })
	add(published, fx.Anna, 3, "Recipe error", func(r *ingest.ResultItem) { r.Result.HasError, r.Result.Accepted = new(true), nil })
	add(unpublished, fx.Anna, 1, "unpublished", func(*ingest.ResultItem) {})
	add(published, fx.Bob, 1, "foreign", func(*ingest.ResultItem) {})
}
