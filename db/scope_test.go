package db_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

func scope(user int64, grants ...access.Grant) query.Scope {
	return query.ScopeOf(&access.Principal{Kind: access.User, UserID: user, Grants: grants})
}

// Each role sees what the roles' manual page says, by whatever edge it asks.
func TestScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		name := map[int64]string{}
		put := func(as string, item *ingest.ResultItem) {
			w.UpsertResults(t, s, item)
			name[item.Result.MomotorID] = as
		}
		put("anna", dbtest.Result(w.Published, w.Anna, 1))
		put("bob", dbtest.Result(w.Published, w.Bob, 1))
		put("carl+anna", dbtest.With(dbtest.Result(w.Published, w.Carl, 1), func(r *ingest.ResultItem) {
			r.Group = []int64{w.Carl.MomotorID, w.Anna.MomotorID}
		}))
		put("anna unpublished", dbtest.Result(w.Unpublished, w.Anna, 1))
		put("anna secret", dbtest.With(dbtest.Result(w.Published, w.Anna, 2), func(r *ingest.ResultItem) { r.Result.Secret = new(true) }))
		put("anna error", dbtest.With(dbtest.Result(w.Published, w.Anna, 3), func(r *ingest.ResultItem) {
			r.Result.HasError, r.Result.Label, r.Result.Summary = new(true), new("Recipe error"), new("stack")
		}))
		put("carl+anna error", dbtest.With(dbtest.Result(w.Published, w.Carl, 2), func(r *ingest.ResultItem) {
			r.Result.HasError, r.Group = new(true), []int64{w.Carl.MomotorID, w.Anna.MomotorID}
		}))
		put("anna again", dbtest.With(dbtest.Result(w.Published, w.Anna, 4), func(r *ingest.ResultItem) {
			r.Result.State, r.Result.HasError, r.Result.Accepted = db.StateQueued, nil, nil
		}))
		put("elsewhere", dbtest.Result(w.OtherPublished, w.Anna, 1))

		all := []string{"anna", "anna again", "anna error", "anna secret", "anna unpublished", "bob", "carl+anna", "carl+anna error"}
		stepless := []string{"anna again", "anna error", "carl+anna error"} // to learners
		role := func(user int64, r access.Roles) query.Scope {
			return scope(user, access.Grant{CourseID: w.Course.MomotorID, Roles: r})
		}
		cases := []struct {
			who     string
			scope   query.Scope
			results []string
			steps   []string
			bundles []db.BundleKind
			users   int
		}{
			{"nobody", scope(0), nil, nil, nil, 0},
			{"a teacher", role(w.Teacher.MomotorID, access.Teacher), all, []string{"plain", "secret", "hidden"}, []db.BundleKind{"PRODUCT", "FULL"}, 4},
			{"a designer", role(w.Teacher.MomotorID, access.Designer), nil, nil, nil, 1},
			{"a student", role(w.Anna.MomotorID, access.Student), []string{"anna", "anna again", "anna error", "carl+anna", "carl+anna error"}, []string{"plain"}, []db.BundleKind{"PRODUCT"}, 2},
			{"another student", role(w.Bob.MomotorID, access.Student), []string{"bob"}, []string{"plain"}, []db.BundleKind{"PRODUCT"}, 1},
			{"a student who assists", role(w.Anna.MomotorID, access.Student|access.TA), all, []string{"plain", "secret", "hidden"}, []db.BundleKind{"PRODUCT", "FULL"}, 4},
			{"a student without an id", role(0, access.Student), nil, nil, nil, 0},
		}
		for _, c := range cases {
			ctx := t.Context()
			rows, err := db.CourseResults.Load(ctx, s.DB(), c.scope, []query.Key{{w.Course.MomotorID}, {w.OtherCourse.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range slices.Concat(rows...) {
				got = append(got, name[r.MomotorID])
			}
			if slices.Sort(got); !slices.Equal(got, c.results) {
				t.Errorf("%s sees results %q, want %q", c.who, got, c.results)
			}
			for id, as := range name {
				one, err := db.ResultByID.Load(ctx, s.DB(), c.scope, []query.Key{{w.Course.MomotorID, id}}, query.Params{})
				if err != nil {
					t.Fatal(err)
				}
				if sees := len(one[0]) > 0; sees != slices.Contains(c.results, as) {
					t.Errorf("%s sees %q by id: %v", c.who, as, sees)
				}
				steps, err := db.ResultSteps.Load(ctx, s.DB(), c.scope, []query.Key{{w.Course.MomotorID, id}}, query.Params{})
				if err != nil {
					t.Fatal(err)
				}
				bundles, err := db.ResultBundles.Load(ctx, s.DB(), c.scope, []query.Key{{w.Course.MomotorID, id}}, query.Params{})
				if err != nil {
					t.Fatal(err)
				}
				var taskIDs []string
				for _, st := range steps[0] {
					taskIDs = append(taskIDs, st.TaskID)
				}
				var kinds []db.BundleKind
				for _, b := range bundles[0] {
					kinds = append(kinds, b.Kind)
				}
				wantSteps, wantBundles := c.steps, c.bundles
				if !slices.Contains(c.results, as) {
					wantSteps, wantBundles = nil, nil
				}
				if len(c.steps) == 1 && slices.Contains(stepless, as) {
					wantSteps = nil
				}
				byID, err := db.StepByID.Load(ctx, s.DB(), c.scope, []query.Key{{w.Course.MomotorID, id}}, query.Params{})
				if err != nil {
					t.Fatal(err)
				}
				if (len(byID[0]) > 0) != (len(wantSteps) > 0) {
					t.Errorf("%s sees %d steps of %q by id", c.who, len(byID[0]), as)
				}
				if !slices.Equal(taskIDs, wantSteps) || !slices.Equal(kinds, wantBundles) {
					t.Errorf("%s sees of %q steps %q and bundles %q, want %q and %q", c.who, as, taskIDs, kinds, wantSteps, wantBundles)
				}
			}
			users, err := db.CourseUsers.Load(ctx, s.DB(), c.scope, []query.Key{{w.Course.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			if len(users[0]) != c.users {
				t.Errorf("%s sees %d people, want %d", c.who, len(users[0]), c.users)
			}
		}
	})
}

// What a learner gets of a result is not what a reviewer gets.
func TestMasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		w.UpsertResults(t, s, dbtest.Result(w.Published, w.Anna, 1), dbtest.With(dbtest.Result(w.Published, w.Anna, 2), func(r *ingest.ResultItem) {
			r.Result.Accepted, r.Result.HasError, r.Result.Label, r.Result.Summary = new(false), new(true), new("Recipe error"), new("stack")
		}))
		learner := access.Grant{CourseID: w.Course.MomotorID, Roles: access.Student}
		elsewhere := access.Grant{CourseID: w.OtherCourse.MomotorID, Roles: access.TA}
		postponed := []string{"5 true false Accepted <nil>", "<nil> <nil> <nil> Postponed <nil>"}
		cases := []struct {
			who    string
			scope  query.Scope
			filter *db.ResultFilter
			want   []string
		}{
			{"a reviewer", w.Reviewer(), nil, []string{"6 true false Accepted <nil>", "6 false true Recipe error stack"}},
			{"a learner", scope(w.Anna.MomotorID, learner), nil, postponed},
			{"a learner who reviews elsewhere", scope(w.Anna.MomotorID, learner, elsewhere), nil, postponed},
			{"a learner who asks for errors", scope(w.Anna.MomotorID, learner), &db.ResultFilter{HasError: new(true)}, nil},
			{"a reviewer who asks for errors", w.Reviewer(), &db.ResultFilter{HasError: new(true)}, []string{"6 false true Recipe error stack"}},
		}
		for _, c := range cases {
			rows, err := db.CourseResults.Load(t.Context(), s.DB(), c.scope, []query.Key{{w.Course.MomotorID}}, query.Params{Filter: c.filter.Clauses(c.scope)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows[0] {
				got = append(got, fmt.Sprint(show(r.Score), " ", show(r.Accepted), " ", show(r.HasError), " ", show(r.Label), " ", show(r.Summary)))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s reads %q, want %q", c.who, got, c.want)
			}
		}
	})
}

func show[T any](p *T) string {
	if p == nil {
		return "<nil>"
	}
	return fmt.Sprint(*p)
}
