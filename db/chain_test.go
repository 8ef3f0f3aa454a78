package db_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// The rows of a chain have the requested columns only. The statement itself knows the keys that lead from
// one join to the next.
func TestChainLeavesOutKeys(t *testing.T) {
	t.Parallel()
	s := dbtest.NewPostgres(t)
	f := dbtest.NewFixture(t, s)
	plan := query.Plan{Joins: []query.Join{
		{Edge: &db.AccountByID, Params: query.Params{Columns: []string{"name"}}},
		{Edge: &db.AccountCourses, Many: true, Key: []string{"id"}, Params: query.Params{Columns: []string{"code"}}},
	}}
	text, err := plan.SQL(s.DB(), f.Reviewer())
	if err != nil {
		t.Fatal(err)
	}
	if columns, _, _ := strings.Cut(text, " FROM "); !strings.HasSuffix(columns, `AS parent, "join0"."name", "join1"."code"`) {
		t.Errorf("the columns are %s", columns)
	}
	err = s.DB().InSnapshot(t.Context(), false, func(sn *query.Snapshot) error {
		return sn.ReadPlans(t.Context(), func() error {
			rows, _ := readCells(t, sn, plan, f.Reviewer(), []query.Key{{f.Account.MomotorID}})
			if want := []string{"0 Example C1"}; !slices.Equal(rows, want) {
				t.Errorf("the rows are %q, want %q", rows, want)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
