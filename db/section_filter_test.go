package db_test

import (
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// SQLite builds no list of the people of a section for each row of a page after the first: a list of
// pages would take quadratic time.
func TestSectionFilterOfSQLite(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	section, role := int64(1), db.RoleStudent
	page := &query.Page{First: new(20), After: query.EncodeCursor(query.Order{}, []any{1})}
	results := query.Params{Filter: (&db.ResultFilter{Latest: new(true), SectionCanvasID: &section}).Clauses(reviewerScope), Page: page}
	people := query.Params{Filter: (&db.UserFilter{SectionCanvasID: &section, Role: &role}).Clauses(reviewerScope), Page: page}
	for name, q := range map[string]*bun.SelectQuery{
		"results": db.AssignmentResults.Select(s.DB(), reviewerScope, []query.Key{{1, 1, 1}}, results),
		"people":  db.EnrolledUsers.Select(s.DB(), reviewerScope, []query.Key{{1}}, people),
	} {
		plan := explainSQLite(t, s, q.String())
		lists := strings.Count(plan, "CORRELATED LIST SUBQUERY")
		if enrolled := strings.Count(q.String(), "usr.id IN (SELECT"); lists > 1+enrolled { // the list of the page is built once
			t.Errorf("the statement for %s builds %d lists:\n%s", name, lists, plan)
		}
	}
}
