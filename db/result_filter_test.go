package db_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// addFilterFixture writes results of students with unusual names, in two sections of the course.
func addFilterFixture(t *testing.T, s *db.Store) (*dbtest.Fixture, map[int64]string) {
	t.Helper()
	fx := dbtest.NewFixture(t, s)
	other := &db.Section{AccountID: fx.Account.MomotorID, CourseID: fx.Course.MomotorID, CanvasID: 12, Name: "Other"}
	if _, err := ingest.UpsertSections(t.Context(), s, []*db.Section{other}); err != nil {
		t.Fatal(err)
	}
	fx.Anna.Name, fx.Anna.SortableName = "Élodie Ünal", "Ünal, Élodie"
	fx.Bob.Name, fx.Bob.LoginID = "Bob 100%", new("B_ob")
	if _, err := ingest.UpsertUsers(t.Context(), s, []*db.User{fx.Anna, fx.Bob}); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.InsertEnrollments(t.Context(), s, []*db.Enrollment{{CourseID: fx.Course.MomotorID, UserID: fx.Bob.MomotorID, Role: db.RoleStudent, SectionID: &other.MomotorID}}); err != nil {
		t.Fatal(err)
	}
	names := map[int64]string{}
	insert := func(name string, assignment *db.Assignment, student *db.User, attempt int, change func(*ingest.ResultItem)) {
		item := dbtest.Modify(dbtest.Result(assignment, student, attempt), change)
		fx.UpsertResults(t, s, item)
		names[item.Result.MomotorID] = name
	}
	insert("anna1", fx.PublishedAssignment, fx.Anna, 1, func(item *ingest.ResultItem) {
		item.Result.Score, item.Result.ScoreReviewer = new(9.0), new(2.0)
		item.Result.SubmittedAt = time.Date(2026, 9, 5, 22, 30, 0, 0, time.UTC) // the next day in Amsterdam
		item.Steps[0].Outcome, item.Steps[0].Score, item.Steps[0].Accepted = new(db.OutcomePass), new(3.0), true
		item.Steps[1].Outcome, item.Steps[1].Score = new(db.OutcomeFail), new(1.0)
	})
	insert("anna2", fx.PublishedAssignment, fx.Anna, 2, func(item *ingest.ResultItem) {
		item.Result.Score, item.Result.ScoreReviewer = new(4.0), nil
		item.Result.SubmittedAt = time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)
		item.Steps[0].Outcome = new(db.OutcomeError)
	})
	insert("bob", fx.PublishedAssignment, fx.Bob, 1, func(item *ingest.ResultItem) { item.Result.Score, item.Result.ScoreReviewer = nil, nil })
	insert("carl+anna", fx.PublishedAssignment, fx.Carl, 3, func(item *ingest.ResultItem) {
		item.Group = []int64{fx.Carl.MomotorID, fx.Anna.MomotorID}
		item.Result.HasError = new(true)
		item.Steps[0].Outcome = new(db.OutcomePass)
	})
	insert("bob502", fx.UnpublishedAssignment, fx.Bob, 1, func(*ingest.ResultItem) {})
	return fx, names
}

// Each condition of a filter selects the results that it describes, by the values that the caller sees.
func TestResultFilter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx, names := addFilterFixture(t, s)
		learner := dbtest.Scope(fx.Anna.MomotorID, access.Grant{CourseID: fx.Course.MomotorID, Roles: access.Student})
		amsterdam := new(db.TimeZone("Europe/Amsterdam"))
		step := func(f db.StepFilter) []db.StepFilter { return []db.StepFilter{f} }
		plain, secret := db.StepFilter{TaskID: "plain", Outcome: new(db.OutcomePass)}, db.StepFilter{TaskID: "secret", Outcome: new(db.OutcomeFail)}
		for name, c := range map[string]struct {
			filter            db.ResultFilter
			reviewer, student []string
		}{
			"assignments":            {db.ResultFilter{AssignmentCanvasIDs: []int64{502, 999, 502}}, []string{"bob502"}, nil},
			"both assignments":       {db.ResultFilter{AssignmentCanvasIDs: []int64{501, 502}, Attempt: new(1)}, []string{"anna1", "bob", "bob502"}, []string{"anna1"}},
			"no assignment":          {db.ResultFilter{AssignmentCanvasIDs: []int64{}}, nil, nil},
			"a section":              {db.ResultFilter{SectionCanvasIDs: []int64{12}}, []string{"bob", "bob502"}, nil},
			"one section":            {db.ResultFilter{SectionCanvasID: new(int64(12))}, []string{"bob", "bob502"}, nil},
			"two sections":           {db.ResultFilter{SectionCanvasIDs: []int64{12, 11}, AssignmentCanvasIDs: []int64{502}}, []string{"bob502"}, nil},
			"a section of both":      {db.ResultFilter{SectionCanvasID: new(int64(12)), SectionCanvasIDs: []int64{11}}, []string{"bob", "bob502"}, nil},
			"no section":             {db.ResultFilter{SectionCanvasIDs: []int64{}}, nil, nil},
			"a name and a group":     {db.ResultFilter{UserSearch: new("éLODIE ü")}, []string{"anna1", "anna2", "carl+anna"}, []string{"anna1", "anna2", "carl+anna"}},
			"a sortable name":        {db.ResultFilter{UserSearch: new("ünal, é")}, []string{"anna1", "anna2", "carl+anna"}, []string{"anna1", "anna2", "carl+anna"}},
			"a login name":           {db.ResultFilter{UserSearch: new("b_O")}, []string{"bob", "bob502"}, nil},
			"no wildcard":            {db.ResultFilter{UserSearch: new("%")}, []string{"bob", "bob502"}, nil},
			"no other wildcard":      {db.ResultFilter{UserSearch: new("_nal")}, nil, nil},
			"attempts from":          {db.ResultFilter{AttemptFrom: new(2)}, []string{"anna2", "carl+anna"}, []string{"anna2", "carl+anna"}},
			"attempts to":            {db.ResultFilter{AttemptFrom: new(1), AttemptTo: new(2), UserCanvasID: new(int64(1))}, []string{"anna1", "anna2"}, []string{"anna1", "anna2"}},
			"a revision":             {db.ResultFilter{Revision: new(1)}, []string{"anna1", "anna2", "bob", "bob502", "carl+anna"}, []string{"anna1", "anna2", "carl+anna"}},
			"another revision":       {db.ResultFilter{Revision: new(2)}, nil, nil},
			"scores from":            {db.ResultFilter{ScoreFrom: new(4.0)}, []string{"anna2", "bob502", "carl+anna"}, []string{"anna1", "anna2"}},
			"scores to":              {db.ResultFilter{ScoreTo: new(4.0)}, []string{"anna1", "anna2"}, []string{"anna2"}},
			"a task":                 {db.ResultFilter{Steps: step(db.StepFilter{TaskID: "plain"}), Attempt: new(1)}, []string{"anna1", "bob", "bob502"}, []string{"anna1"}},
			"a hidden task":          {db.ResultFilter{Steps: step(db.StepFilter{TaskID: "hidden"}), Attempt: new(1)}, []string{"anna1", "bob", "bob502"}, nil},
			"an outcome":             {db.ResultFilter{Steps: step(plain)}, []string{"anna1", "carl+anna"}, []string{"anna1"}},
			"all tasks":              {db.ResultFilter{Steps: []db.StepFilter{plain, secret}}, []string{"anna1"}, nil},
			"no condition on tasks":  {db.ResultFilter{Steps: []db.StepFilter{}, Attempt: new(2)}, []string{"anna2"}, []string{"anna2"}},
			"accepted tasks":         {db.ResultFilter{Steps: step(db.StepFilter{TaskID: "plain", Accepted: new(true)})}, []string{"anna1"}, []string{"anna1"}},
			"scores of tasks":        {db.ResultFilter{Steps: step(db.StepFilter{TaskID: "plain", ScoreFrom: new(3.0), ScoreTo: new(3.0)})}, []string{"anna1"}, []string{"anna1"}},
			"lower scores of tasks":  {db.ResultFilter{Steps: step(db.StepFilter{TaskID: "plain", ScoreTo: new(2.9)})}, nil, nil},
			"days in UTC":            {db.ResultFilter{SubmittedOnOrAfter: new(db.Date("2026-09-06"))}, []string{"anna2"}, []string{"anna2"}},
			"days in Amsterdam":      {db.ResultFilter{SubmittedOnOrAfter: new(db.Date("2026-09-06")), TimeZone: amsterdam}, []string{"anna1", "anna2"}, []string{"anna1", "anna2"}},
			"before a day":           {db.ResultFilter{SubmittedOnOrAfter: new(db.Date("2026-09-05")), SubmittedBeforeDate: new(db.Date("2026-09-07"))}, []string{"anna1"}, []string{"anna1"}},
			"before an earlier time": {db.ResultFilter{SubmittedOnOrAfter: new(db.Date("2026-09-05")), SubmittedBeforeDate: new(db.Date("2026-09-07")), TimeZone: amsterdam}, []string{"anna1"}, []string{"anna1"}},
		} {
			for caller, sc := range map[string]query.Scope{"reviewer": fx.Reviewer(), "student": learner} {
				want := map[string][]string{"reviewer": c.reviewer, "student": c.student}[caller]
				rows, err := db.CourseResults.Load(t.Context(), s.DB(), sc, []query.Key{{fx.Course.MomotorID}}, query.Params{Filter: c.filter.Clauses(sc)})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, r := range rows[0] {
					got = append(got, names[r.MomotorID])
				}
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Errorf("%s for a %s: results %q, want %q", name, caller, got, want)
				}
			}
		}
	})
}

// The lists of a section have its people and their results.
func TestSectionLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx, names := addFilterFixture(t, s)
		sections, err := db.CourseSections.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, query.Params{})
		if err != nil {
			t.Fatal(err)
		}
		var keys []query.Key
		for _, section := range sections[0] {
			keys = append(keys, query.Key{fx.Course.MomotorID, section.MomotorID})
		}
		for caller, want := range map[string]string{
			"reviewer": "[Bob 100% Carl Élodie Ünal] [anna1 anna2 bob bob502 carl+anna] [Bob 100%] [bob bob502] ",
			"student":  "[Carl Élodie Ünal] [anna1 anna2 carl+anna] [] [] ",
			"designer": "[Élodie Ünal] [] [] [] ",
		} {
			sc := callerScopes(fx.Anna.MomotorID, fx.Course.MomotorID, fx.OtherCourse.MomotorID)[caller]
			people, err := db.SectionUsers.Load(t.Context(), s.DB(), sc, keys, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			results, err := db.SectionResults.Load(t.Context(), s.DB(), sc, keys, query.Params{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for i := range keys {
				var persons, found []string
				for _, u := range people[i] {
					persons = append(persons, u.Name)
				}
				for _, r := range results[i] {
					found = append(found, names[r.MomotorID])
				}
				slices.Sort(persons)
				slices.Sort(found)
				got += fmt.Sprint(persons, " ", found, " ")
			}
			if got != want {
				t.Errorf("a %s sees %s, want %s", caller, got, want)
			}
		}
	})
}

// A search for people finds parts of their names and login names.
func TestUserFilter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx, _ := addFilterFixture(t, s)
		for name, c := range map[string]struct {
			filter db.UserFilter
			want   string
		}{
			"a search":       {db.UserFilter{Search: new("ÜNAL")}, "[Élodie Ünal]"},
			"a login name":   {db.UserFilter{Search: new("b_ob")}, "[Bob 100%]"},
			"no one":         {db.UserFilter{Search: new("élodie b")}, "[]"},
			"a backslash":    {db.UserFilter{Search: new(`\`)}, "[]"},
			"sections":       {db.UserFilter{SectionCanvasIDs: []int64{12, 13}}, "[Bob 100%]"},
			"no section":     {db.UserFilter{SectionCanvasIDs: []int64{}}, "[]"},
			"several things": {db.UserFilter{SectionCanvasIDs: []int64{11, 12}, Search: new("o"), Role: new(db.RoleStudent)}, "[Bob 100% Élodie Ünal]"},
		} {
			rows, err := db.EnrolledUsers.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, query.Params{Filter: c.filter.Clauses(fx.Reviewer()), Order: query.Order{Column: "name"}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range rows[0] {
				got = append(got, u.Name)
			}
			if text := fmt.Sprint(got); text != c.want {
				t.Errorf("%s: people %s, want %s", name, text, c.want)
			}
		}
	})
}
