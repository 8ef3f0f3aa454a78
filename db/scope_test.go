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

// scope returns the scope of a user with grants.
func scope(user int64, grants ...access.Grant) query.Scope {
	return query.ScopeOf(&access.Principal{Kind: access.User, UserID: user, Grants: grants})
}

// Each role sees exactly the rows that Momotor's manual defines, on every edge.
func TestScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		labels := map[int64]string{}
		insert := func(label string, item *ingest.ResultItem) {
			fx.UpsertResults(t, s, item)
			labels[item.Result.MomotorID] = label
		}
		insert("anna", dbtest.Result(fx.PublishedAssignment, fx.Anna, 1))
		insert("bob", dbtest.Result(fx.PublishedAssignment, fx.Bob, 1))
		insert("carl+anna", dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Carl, 1), func(r *ingest.ResultItem) {
			r.Group = []int64{fx.Carl.MomotorID, fx.Anna.MomotorID}
		}))
		insert("anna unpublished", dbtest.Result(fx.UnpublishedAssignment, fx.Anna, 1))
		insert("anna secret", dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Anna, 2), func(r *ingest.ResultItem) { r.Result.Secret = new(true) }))
		insert("anna error", dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Anna, 3), func(r *ingest.ResultItem) {
			r.Result.HasError, r.Result.Label, r.Result.Summary = new(true), new("Recipe error"), new("stack")
		}))
		insert("carl+anna error", dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Carl, 2), func(r *ingest.ResultItem) {
			r.Result.HasError, r.Group = new(true), []int64{fx.Carl.MomotorID, fx.Anna.MomotorID}
		}))
		insert("anna queued again", dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Anna, 4), func(r *ingest.ResultItem) {
			r.Result.State, r.Result.HasError, r.Result.Accepted = db.StateQueued, nil, nil
		}))
		insert("other course", dbtest.Result(fx.OtherPublishedAssignment, fx.Anna, 1))

		all := []string{"anna", "anna error", "anna queued again", "anna secret", "anna unpublished", "bob", "carl+anna", "carl+anna error"}
		withoutVisibleSteps := []string{"anna queued again", "anna error", "carl+anna error"} // for learners
		role := func(user int64, r access.Roles) query.Scope {
			return scope(user, access.Grant{CourseID: fx.Course.MomotorID, Roles: r})
		}
		cases := []struct {
			caller  string
			scope   query.Scope
			results []string
			steps   []string
			bundles []db.BundleKind
			users   int
		}{
			{"a caller without roles", scope(0), nil, nil, nil, 0},
			{"a teacher", role(fx.Teacher.MomotorID, access.Teacher), all, []string{"plain", "secret", "hidden"}, []db.BundleKind{"PRODUCT", "FULL"}, 4},
			{"a designer", role(fx.Teacher.MomotorID, access.Designer), nil, nil, nil, 1},
			{"a student", role(fx.Anna.MomotorID, access.Student), []string{"anna", "anna error", "anna queued again", "carl+anna", "carl+anna error"}, []string{"plain"}, []db.BundleKind{"PRODUCT"}, 2},
			{"another student", role(fx.Bob.MomotorID, access.Student), []string{"bob"}, []string{"plain"}, []db.BundleKind{"PRODUCT"}, 1},
			{"a student who is a teaching assistant too", role(fx.Anna.MomotorID, access.Student|access.TA), all, []string{"plain", "secret", "hidden"}, []db.BundleKind{"PRODUCT", "FULL"}, 4},
			{"a student without an id", role(0, access.Student), nil, nil, nil, 0},
		}
		for _, c := range cases {
			ctx := t.Context()
			rows, err := db.CourseResults.Load(ctx, s.DB(), c.scope, []query.Key{{fx.Course.MomotorID}, {fx.OtherCourse.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range slices.Concat(rows...) {
				got = append(got, labels[r.MomotorID])
			}
			if slices.Sort(got); !slices.Equal(got, c.results) {
				t.Errorf("%s sees results %q, want %q", c.caller, got, c.results)
			}
			for id, label := range labels {
				byID, err := db.ResultByID.Load(ctx, s.DB(), c.scope, []query.Key{{fx.Course.MomotorID, id}}, query.Params{})
				if err != nil {
					t.Fatal(err)
				}
				if visible := len(byID[0]) > 0; visible != slices.Contains(c.results, label) {
					t.Errorf("%s sees the result %q by id: %t", c.caller, label, visible)
				}
				steps, err := db.ResultSteps.Load(ctx, s.DB(), c.scope, []query.Key{{fx.Course.MomotorID, id}}, query.Params{})
				if err != nil {
					t.Fatal(err)
				}
				bundles, err := db.ResultBundles.Load(ctx, s.DB(), c.scope, []query.Key{{fx.Course.MomotorID, id}}, query.Params{})
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
				if !slices.Contains(c.results, label) {
					wantSteps, wantBundles = nil, nil
				}
				if len(c.steps) == 1 && slices.Contains(withoutVisibleSteps, label) {
					wantSteps = nil
				}
				stepByID, err := db.StepByID.Load(ctx, s.DB(), c.scope, []query.Key{{fx.Course.MomotorID, id}}, query.Params{})
				if err != nil {
					t.Fatal(err)
				}
				if (len(stepByID[0]) > 0) != (len(wantSteps) > 0) {
					t.Errorf("%s sees %d steps of the result %q by id", c.caller, len(stepByID[0]), label)
				}
				if !slices.Equal(taskIDs, wantSteps) || !slices.Equal(kinds, wantBundles) {
					t.Errorf("%s sees the result %q with steps %q and bundles %q, want %q and %q", c.caller, label, taskIDs, kinds, wantSteps, wantBundles)
				}
			}
			users, err := db.EnrolledUsers.Load(ctx, s.DB(), c.scope, []query.Key{{fx.Course.MomotorID}}, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			if len(users[0]) != c.users {
				t.Errorf("%s sees %d people, want %d", c.caller, len(users[0]), c.users)
			}
		}
	})
}

// Learners and reviewers see different values in the masked columns of a result.
func TestMasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Anna, 2), func(r *ingest.ResultItem) {
			r.Result.Accepted, r.Result.HasError, r.Result.Label, r.Result.Summary = new(false), new(true), new("Recipe error"), new("stack")
		}))
		learner := access.Grant{CourseID: fx.Course.MomotorID, Roles: access.Student}
		reviewerOfOther := access.Grant{CourseID: fx.OtherCourse.MomotorID, Roles: access.TA}
		masked := []string{"5 true false Accepted <nil>", "<nil> <nil> <nil> Postponed <nil>"}
		cases := []struct {
			caller string
			scope  query.Scope
			filter *db.ResultFilter
			want   []string
		}{
			{"a reviewer", fx.Reviewer(), nil, []string{"6 true false Accepted <nil>", "6 false true Recipe error stack"}},
			{"a learner", scope(fx.Anna.MomotorID, learner), nil, masked},
			{"a learner who reviews another course", scope(fx.Anna.MomotorID, learner, reviewerOfOther), nil, masked},
			{"a learner with a filter for errors", scope(fx.Anna.MomotorID, learner), &db.ResultFilter{HasError: new(true)}, nil},
			{"a reviewer with a filter for errors", fx.Reviewer(), &db.ResultFilter{HasError: new(true)}, []string{"6 false true Recipe error stack"}},
		}
		for _, c := range cases {
			rows, err := db.CourseResults.Load(t.Context(), s.DB(), c.scope, []query.Key{{fx.Course.MomotorID}}, query.Params{Filter: c.filter.Clauses(c.scope)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows[0] {
				got = append(got, fmt.Sprint(formatPointer(r.Score), " ", formatPointer(r.Accepted), " ", formatPointer(r.HasError), " ", formatPointer(r.Label), " ", formatPointer(r.Summary)))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s reads %q, want %q", c.caller, got, c.want)
			}
		}
	})
}

// formatPointer returns *p as text, or "<nil>".
func formatPointer[T any](p *T) string {
	if p == nil {
		return "<nil>"
	}
	return fmt.Sprint(*p)
}
