package db_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// addRandomAttempts writes up to five attempts of each student at two assignments. They vary in all that
// picks depend on: visibility, scores, errors, and times that are not in the order of the attempts.
func addRandomAttempts(t *testing.T, s *db.Store, fx *dbtest.Fixture, rnd *rand.Rand) (all []*db.Result) {
	t.Helper()
	scores := []*float64{nil, new(0.0), new(3.0), new(3.0), new(7.5), new(-1.0)}
	var items []*ingest.ResultItem
	for _, assignment := range []*db.Assignment{fx.PublishedAssignment, fx.UnpublishedAssignment} {
		for _, student := range []*db.User{fx.Anna, fx.Bob, fx.Carl} {
			for attempt := range rnd.IntN(6) {
				items = append(items, dbtest.Modify(dbtest.Result(assignment, student, attempt+1), func(item *ingest.ResultItem) {
					r := &item.Result
					r.SubmittedAt = dbtest.Noon.Add(time.Duration(rnd.IntN(8)) * time.Hour)
					r.Score, r.ScoreReviewer = scores[rnd.IntN(len(scores))], scores[rnd.IntN(len(scores))]
					r.Secret, r.HasError = new(rnd.IntN(4) == 0), new(rnd.IntN(4) == 0)
					if student == fx.Carl && rnd.IntN(2) == 0 {
						item.Group = []int64{fx.Carl.MomotorID, fx.Anna.MomotorID}
					}
				}))
			}
		}
	}
	fx.UpsertResults(t, s, items...)
	for _, item := range items {
		all = append(all, &item.Result)
	}
	return all
}

// pickedResults returns the ids that a selection selects, computed from the results and from those that
// the caller sees.
func pickedResults(all []*db.Result, visible map[int64]*db.Result, pick db.ResultPick, asOf *time.Time) (ids []int64) {
	type student struct{ assignment, user int64 }
	attempts := map[student][]*db.Result{}
	for _, r := range all {
		countsAll := pick == db.PickLatest && asOf == nil
		if v := visible[r.MomotorID]; !countsAll && v != nil {
			r = v
		} else if !countsAll {
			continue
		}
		if asOf == nil || !r.SubmittedAt.After(*asOf) {
			k := student{r.AssignmentID, r.UserID}
			attempts[k] = append(attempts[k], r)
		}
	}
	byAttempt := func(a, b *db.Result) int { return cmp.Compare(a.Attempt, b.Attempt) }
	byScore := func(a, b *db.Result) int {
		switch {
		case (a.Score == nil) != (b.Score == nil):
			return map[bool]int{true: 1, false: -1}[a.Score == nil]
		case a.Score != nil && *a.Score != *b.Score:
			return -cmp.Compare(*a.Score, *b.Score)
		}
		return byAttempt(a, b)
	}
	for _, own := range attempts {
		switch pick {
		case db.PickLatest:
			own = []*db.Result{slices.MaxFunc(own, byAttempt)}
		case db.PickFirst:
			own = []*db.Result{slices.MinFunc(own, byAttempt)}
		case db.PickBest:
			own = []*db.Result{slices.MinFunc(own, byScore)}
		}
		for _, r := range own {
			if visible[r.MomotorID] != nil {
				ids = append(ids, r.MomotorID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// loadSelected returns the results of the course, and of its assignments, that a caller sees.
func loadSelected(t *testing.T, s *db.Store, sc query.Scope, fx *dbtest.Fixture, filter []query.Clause) (ofCourse, ofAssignments []*db.Result) {
	t.Helper()
	course := fx.Course.MomotorID
	rows, err := db.CourseResults.Load(t.Context(), s.DB(), sc, []query.Key{{course}}, query.Params{Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	byAssignment, err := db.AssignmentResults.Load(t.Context(), s.DB(), sc, []query.Key{{course, fx.PublishedAssignment.MomotorID}, {course, fx.UnpublishedAssignment.MomotorID}}, query.Params{Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	return rows[0], slices.Concat(byAssignment...)
}

func idsOf(results []*db.Result) (ids []int64) {
	for _, r := range results {
		ids = append(ids, r.MomotorID)
	}
	slices.Sort(ids)
	return ids
}

// Every pick selects the attempts of its definition, at every time and for every kind of caller. A pick
// comes before the filter.
func TestResultPick(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		all := addRandomAttempts(t, s, fx, rand.New(rand.NewPCG(1, 5)))
		scopes := callerScopes(fx.Anna.MomotorID, fx.Course.MomotorID, fx.OtherCourse.MomotorID)
		scopes["learner of this course and reviewer of another"] = dbtest.Scope(fx.Anna.MomotorID,
			access.Grant{CourseID: fx.Course.MomotorID, Roles: access.Student}, access.Grant{CourseID: fx.OtherCourse.MomotorID, Roles: access.TA})
		for caller, sc := range scopes {
			visible := map[int64]*db.Result{}
			ofCourse, _ := loadSelected(t, s, sc, fx, nil)
			for _, r := range ofCourse {
				visible[r.MomotorID] = r
			}
			for _, pick := range []db.ResultPick{db.PickLatest, db.PickFirst, db.PickBest, db.PickAll} {
				for _, asOf := range []*time.Time{nil, new(dbtest.Noon.Add(-time.Second)), new(dbtest.Noon.Add(3 * time.Hour)), new(dbtest.Noon.Add(9 * time.Hour))} {
					name := fmt.Sprintf("%s as of %s for a %s", pick, formatPointer(asOf), caller)
					want := pickedResults(all, visible, pick, asOf)
					selection := db.ResultSelection{Pick: &pick, AsOf: asOf}
					ofCourse, ofAssignments := loadSelected(t, s, sc, fx, selection.Clauses(sc, db.PickAll))
					if got := idsOf(ofCourse); !slices.Equal(got, want) {
						t.Errorf("%s: results %v of the course, want %v", name, got, want)
					}
					if got := idsOf(ofAssignments); !slices.Equal(got, want) {
						t.Errorf("%s: results %v of the assignments, want %v", name, got, want)
					}
					selection.Filter = &db.ResultFilter{Late: new(false), Attempt: new(2)}
					ofCourse, _ = loadSelected(t, s, sc, fx, selection.Clauses(sc, db.PickAll))
					want = slices.DeleteFunc(want, func(id int64) bool { return visible[id].Attempt != 2 || visible[id].IsLate })
					if got := idsOf(ofCourse); !slices.Equal(got, want) {
						t.Errorf("%s: second attempts %v, want %v", name, got, want)
					}
				}
			}
		}
	})
}

// A selection without a pick uses the default, unless its filter says which attempts are the latest.
func TestDefaultPick(t *testing.T) {
	t.Parallel()
	first := db.PickFirst
	for name, c := range map[string]struct {
		selection db.ResultSelection
		want      db.ResultPick
	}{
		"nothing":                         {db.ResultSelection{}, db.PickLatest},
		"a filter":                        {db.ResultSelection{Filter: &db.ResultFilter{Attempt: new(1)}}, db.PickLatest},
		"a filter for the latest":         {db.ResultSelection{Filter: &db.ResultFilter{Latest: new(true)}}, db.PickAll},
		"a filter for those that are not": {db.ResultSelection{Filter: &db.ResultFilter{Latest: new(false)}}, db.PickAll},
		"a pick":                          {db.ResultSelection{Pick: &first, Filter: &db.ResultFilter{}}, db.PickFirst},
	} {
		if got := c.selection.PickOr(db.PickLatest); got != c.want {
			t.Errorf("%s: the pick %s, want %s", name, got, c.want)
		}
	}
}
