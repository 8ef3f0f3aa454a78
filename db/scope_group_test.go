package db_test

import (
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// Learners see the members of a group only through a result that they see, in its course.
func TestScopeGroupMembers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		secretMate := &db.User{AccountID: fx.Account.MomotorID, CanvasID: 5, Name: "Dora", SortableName: "Dora"}
		mateElsewhere := &db.User{AccountID: fx.Account.MomotorID, CanvasID: 6, Name: "Erik", SortableName: "Erik"}
		if _, err := ingest.UpsertUsers(t.Context(), s, []*db.User{secretMate, mateElsewhere}); err != nil {
			t.Fatal(err)
		}
		var enrollments []*db.Enrollment
		for _, course := range []int64{fx.Course.MomotorID, fx.OtherCourse.MomotorID} {
			for _, u := range []*db.User{secretMate, mateElsewhere} {
				enrollments = append(enrollments, &db.Enrollment{CourseID: course, UserID: u.MomotorID, Role: db.RoleStudent})
			}
		}
		if _, err := ingest.InsertEnrollments(t.Context(), s, enrollments); err != nil {
			t.Fatal(err)
		}
		group := func(a *db.Assignment, attempt int, mate *db.User, isSecret bool) *ingest.ResultItem {
			return dbtest.Modify(dbtest.Result(a, fx.Anna, attempt), func(r *ingest.ResultItem) {
				r.Group, r.Result.Secret = []int64{fx.Anna.MomotorID, mate.MomotorID}, &isSecret
			})
		}
		items := []*ingest.ResultItem{
			group(fx.PublishedAssignment, 1, fx.Carl, false), group(fx.UnpublishedAssignment, 1, fx.Bob, false),
			group(fx.PublishedAssignment, 2, secretMate, true), group(fx.OtherPublishedAssignment, 1, mateElsewhere, false),
		}
		fx.UpsertResults(t, s, items...)

		for _, tt := range []struct {
			caller string
			role   access.Roles
			want   map[int64][]string // by course
		}{
			{"a learner", access.Student, map[int64][]string{fx.Course.MomotorID: {"Anna", "Carl"}, fx.OtherCourse.MomotorID: {"Anna", "Erik"}}},
			{"a reviewer", access.TA, map[int64][]string{fx.Course.MomotorID: {"Anna", "Bob", "Carl", "Dora", "Erik", "Teacher"}, fx.OtherCourse.MomotorID: {"Anna", "Dora", "Erik"}}},
			{"a designer", access.Designer, map[int64][]string{fx.Course.MomotorID: {"Anna"}, fx.OtherCourse.MomotorID: {"Anna"}}},
		} {
			for course, want := range tt.want {
				sc := scope(fx.Anna.MomotorID, access.Grant{CourseID: fx.Course.MomotorID, Roles: tt.role}, access.Grant{CourseID: fx.OtherCourse.MomotorID, Roles: tt.role})
				if got := userNames(t, s, sc, &db.EnrolledUsersAndSubmitters, query.Key{course}); !slices.Equal(got, want) {
					t.Errorf("%s sees the people %q in course %d, want %q", tt.caller, got, course, want)
				}
				for _, u := range []*db.User{fx.Anna, fx.Bob, fx.Carl, fx.Teacher, secretMate, mateElsewhere} {
					got := userNames(t, s, sc, &db.UserByID, query.Key{course, u.MomotorID})
					if isVisible := slices.Contains(want, u.Name); (len(got) == 1) != isVisible {
						t.Errorf("%s sees %s in course %d by id: %q", tt.caller, u.Name, course, got)
					}
				}
				for _, item := range items {
					key := query.Key{item.Result.CourseID, item.Result.MomotorID}
					for _, name := range userNames(t, s, sc, &db.ResultGroupUsers, key) {
						if item.Result.CourseID == course && !slices.Contains(want, name) {
							t.Errorf("%s sees %s in the group of result %d", tt.caller, name, item.Result.MomotorID)
						}
					}
				}
			}
		}
	})
}

// userNames returns the names of the people at the end of an edge, sorted.
func userNames(t *testing.T, s *db.Store, sc query.Scope, edge *query.Edge[db.User], key query.Key) []string {
	t.Helper()
	rows, err := edge.Load(t.Context(), s.DB(), sc, []query.Key{key}, query.Params{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, u := range rows[0] {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	return names
}
