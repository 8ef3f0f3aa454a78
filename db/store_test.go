package db_test

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

func TestSmoke(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ctx := t.Context()
		must := func(c []db.Change, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			t.Log(c)
		}
		a := &db.Account{CanvasGUID: "g1", BaseURL: "http://x", Name: "n"}
		must(s.PutAccounts(ctx, []*db.Account{a}))
		c := &db.Course{AccountID: a.MomotorID, CanvasID: 1001, Code: "c", Name: "n"}
		must(s.PutCourses(ctx, []*db.Course{c}))
		u := &db.User{AccountID: a.MomotorID, CanvasID: 9001, Name: "n", SortableName: "n"}
		must(s.PutUsers(ctx, []*db.User{u}))
		z := &db.Section{AccountID: a.MomotorID, CourseID: c.MomotorID, CanvasID: 11, Name: "z"}
		must(s.PutSections(ctx, []*db.Section{z}))
		must(s.PutEnrollments(ctx, []*db.Enrollment{{CourseID: c.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &z.MomotorID}}))
		sha := "0123456789012345678901234567890123456789012345678901234567890123"
		g := &db.Assignment{CourseID: c.MomotorID, CanvasID: 501, Name: "n"}
		_, err := s.PutAssignment(ctx, g, &db.Bundle{Name: "recipe.zip", Format: "ZIP", SHA256: &sha, Size: 3}, nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		score := 5.5
		item := func(attempt int) *db.ResultItem {
			return &db.ResultItem{
				Result: db.Result{CourseID: c.MomotorID, AssignmentID: g.MomotorID, UserID: u.MomotorID, Attempt: attempt, State: "done", SubmittedAt: time.Unix(1e9, 123456789), Score: &score},
				Steps:  []*db.Step{{Position: 0, TaskID: "run.0", Details: []byte(`{"b":1.0}`)}, {Position: 0, Task: 1, TaskID: "run.1"}, {Position: 1, TaskID: "finalize"}},
				Bundles: []*db.Bundle{{Kind: "FULL", Name: "result.zip", Format: "ZIP", SHA256: &sha, Size: 3}},
			}
		}
		must(s.PutResults(ctx, []*db.ResultItem{item(1)}, time.Now()))
		must(s.PutResults(ctx, []*db.ResultItem{item(1), item(2)}, time.Now()))
		must(s.PutResults(ctx, []*db.ResultItem{item(1), item(2)}, time.Now()))
		sc := db.NewScope(0, []db.Grant{{CourseID: c.MomotorID, Reviews: true}})
		one := 1
		for range 2 {
			rs, err := db.AssignmentResults.Load(ctx, s, sc, []db.Key{{c.MomotorID, g.MomotorID}, {1, 2}}, db.Params{Page: &db.Page{First: &one}, Order: db.Order{Column: "score"}})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", rs[0][0])
			conn := db.Connect(s, rs[0], db.Params{Page: &db.Page{First: &one}, Order: db.Order{Column: "score"}})
			n, err := db.AssignmentResults.Count(ctx, s, sc, []db.Key{{c.MomotorID, g.MomotorID}, {1, 2}}, db.Params{})
			t.Log(n, err, *conn.PageInfo.EndCursor)
			rs, err = db.AssignmentResults.Load(ctx, s, sc, []db.Key{{c.MomotorID, g.MomotorID}}, db.Params{Page: &db.Page{First: &one, After: *conn.PageInfo.EndCursor}, Order: db.Order{Column: "score"}})
			if err != nil || len(rs[0]) != 1 {
				t.Fatal(err, rs)
			}
			us, err := db.ResultUser.Load(ctx, s, sc, []db.Key{{c.MomotorID, u.MomotorID}}, db.Params{})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", us[0][0])
			ss, err := db.ResultSteps.Load(ctx, s, sc, []db.Key{{c.MomotorID, rs[0][0].MomotorID}}, db.Params{Columns: []string{"label"}})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", db.Steps(ss[0]))
		}
	})
}
