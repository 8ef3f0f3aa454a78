package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// The pages of a list, read forward or backward and with any size, contain exactly the rows of the
// whole list in the same order.
func TestPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		var items []*ingest.ResultItem
		for i := range 40 {
			assignment := []*db.Assignment{fx.PublishedAssignment, fx.UnpublishedAssignment}[i%2]
			u := []*db.User{fx.Anna, fx.Bob, fx.Carl}[i%3]
			items = append(items, dbtest.Modify(dbtest.Result(assignment, u, 1+i/6), func(r *ingest.ResultItem) {
				r.Result.Score, r.Result.ScoreReviewer = new(float64(i%5)), nil
				r.Result.ProcessedAt = new(dbtest.Noon.Add(time.Duration(i%4) * time.Microsecond))
				r.Result.IsLate, r.Result.State = i%3 > 0, []db.ResultState{db.StateDone, db.StateQueued}[i%2]
				if i%3 == 1 {
					r.Result.SecondsLate, r.Steps[0].MaxScore = new(float64(i%4)), new(8.0)
				}
				if i%7 == 0 {
					r.Result.Score, r.Result.ProcessedAt = nil, nil
				}
			}))
		}
		fx.UpsertResults(t, s, withoutDuplicates(items)...)
		keys := []query.Key{{fx.Course.MomotorID, fx.PublishedAssignment.MomotorID}, {fx.Course.MomotorID, fx.UnpublishedAssignment.MomotorID}}

		rapid.Check(t, func(rt *rapid.T) {
			var order *query.Order
			for range rapid.IntRange(1, 3).Draw(rt, "terms") {
				order = &query.Order{
					Column: rapid.SampledFrom([]string{"", "submitted_at", "processed_at", "score", "sequence_id", "user_sortable_name", "attempt", "seconds_late", "state_rank", "score_percent"}).Draw(rt, "column"),
					Desc:   rapid.Bool().Draw(rt, "desc"),
					Then:   order,
				}
			}
			p := query.Params{Order: *order}
			if rapid.Bool().Draw(rt, "columns") {
				p.Columns = []string{"label"}
			}
			size := rapid.IntRange(1, 12).Draw(rt, "size")
			backward := rapid.Bool().Draw(rt, "backward")
			complete := loadResults(rt, s, fx, keys, p)
			for i, k := range keys {
				want := resultIDs(complete[i])
				if got := readPages(rt, s, fx, k, p, size, backward); !slices.Equal(got, want) {
					rt.Fatalf("pages of %d rows have the ids %v, want %v", size, got, want)
				}
			}
		})
	})
}

// withoutDuplicates removes items with the same assignment, user and attempt as an earlier item.
func withoutDuplicates(items []*ingest.ResultItem) []*ingest.ResultItem {
	seen := map[string]bool{}
	return slices.DeleteFunc(items, func(r *ingest.ResultItem) bool {
		k := fmt.Sprint(r.Result.AssignmentID, r.Result.UserID, r.Result.Attempt)
		defer func() { seen[k] = true }()
		return seen[k]
	})
}

func loadResults(rt *rapid.T, s *db.Store, fx *dbtest.Fixture, keys []query.Key, p query.Params) [][]*db.Result {
	rows, err := db.AssignmentResults.Load(rt.Context(), s.DB(), fx.Reviewer(), keys, p)
	if err != nil {
		rt.Fatal(err)
	}
	return rows
}

func resultIDs(rows []*db.Result) []int64 {
	out := []int64{}
	for _, r := range rows {
		out = append(out, r.MomotorID)
	}
	return out
}

// readPages reads a list page by page.
func readPages(rt *rapid.T, s *db.Store, fx *dbtest.Fixture, k query.Key, p query.Params, size int, backward bool) []int64 {
	var all []int64
	p.Page = &query.Page{First: &size}
	if backward {
		p.Page = &query.Page{Last: &size}
	}
	for range 100 {
		if err := query.CheckCursors[db.Result](s.DB(), p.Page, p.Order); err != nil {
			rt.Fatal(err)
		}
		page := query.NewConnection(s.DB(), loadResults(rt, s, fx, []query.Key{k}, p)[0], p)
		if backward {
			all = append(resultIDs(page.Nodes), all...)
		} else {
			all = append(all, resultIDs(page.Nodes)...)
		}
		isFirst := p.Page.After == "" && p.Page.Before == ""
		more, earlier := page.PageInfo.HasNextPage, page.PageInfo.HasPreviousPage
		if backward {
			more, earlier = earlier, more
		}
		if earlier == isFirst {
			rt.Fatalf("the page %+v has the neighbours %+v", *p.Page, *page.PageInfo)
		}
		if !more {
			return all
		}
		if backward {
			p.Page = &query.Page{Last: &size, Before: *page.PageInfo.StartCursor}
		} else {
			p.Page = &query.Page{First: &size, After: *page.PageInfo.EndCursor}
		}
	}
	rt.Fatal("the pages do not end")
	return nil
}

// Both databases sort text by code points, null scores before all others and null times after all
// others. In descending order everything is reversed.
func TestOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		var users []*db.User
		for i, name := range []string{"anna", "Zoë", "_", "Anna", "zoë", "éva", "", "Ámos", "ANNA", "10", "9", "anna b", "anna-b"} {
			users = append(users, &db.User{AccountID: fx.Account.MomotorID, CanvasID: int64(100 + i), Name: "Order", SortableName: name})
		}
		if _, err := ingest.UpsertUsers(t.Context(), s, users); err != nil {
			t.Fatal(err)
		}
		var enrollments []*db.Enrollment
		for _, u := range users {
			enrollments = append(enrollments, &db.Enrollment{CourseID: fx.OtherCourse.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent})
		}
		if _, err := ingest.InsertEnrollments(t.Context(), s, enrollments); err != nil {
			t.Fatal(err)
		}
		var items []*ingest.ResultItem
		for i, score := range []*float64{new(2.5), nil, new(-1.0), new(10.0), nil, new(0.0)} {
			items = append(items, dbtest.Modify(dbtest.Result(fx.OtherPublishedAssignment, users[0], i+1), func(r *ingest.ResultItem) {
				r.Result.Score, r.Result.ScoreReviewer = score, nil
				if score != nil {
					r.Result.ProcessedAt = new(dbtest.Noon.Add(time.Duration(-*score) * time.Hour))
				}
			}))
		}
		fx.UpsertResults(t, s, items...)
		key := []query.Key{{fx.OtherCourse.MomotorID}}
		scope := dbtest.Scope(0, access.Grant{CourseID: fx.OtherCourse.MomotorID, Roles: access.Teacher})
		for _, tt := range []struct{ column, want string }{
			{"sortable_name", "||10|9|ANNA|Anna|Zoë|_|anna|anna b|anna-b|zoë|Ámos|éva"},
			{"score", "|2|5|3|6|1|4"},
			{"processed_at", "|4|1|6|3|2|5"},
		} {
			for _, desc := range []bool{false, true} {
				p := query.Params{Order: query.Order{Column: tt.column, Desc: desc}}
				var got []string
				if tt.column == "sortable_name" {
					rows, err := db.EnrolledUsers.Load(t.Context(), s.DB(), scope, key, p)
					if err != nil {
						t.Fatal(err)
					}
					for _, u := range rows[0] {
						got = append(got, u.SortableName)
					}
				} else {
					rows, err := db.CourseResults.Load(t.Context(), s.DB(), scope, key, p)
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range rows[0] {
						got = append(got, fmt.Sprint(r.Attempt))
					}
				}
				if desc {
					slices.Reverse(got)
				}
				if got := "|" + strings.Join(got, "|"); got != tt.want {
					t.Errorf("the order by %s, descending %t, is %s, want %s", tt.column, desc, got, tt.want)
				}
			}
		}
	})
}

// Rows with equal values are sorted by the next column of the order. CheckCursors rejects a cursor of
// another order.
func TestOrderByColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		var items []*ingest.ResultItem
		for i, u := range []*db.User{fx.Anna, fx.Bob, fx.Carl} {
			for attempt := 1; attempt <= 2; attempt++ {
				items = append(items, dbtest.Modify(dbtest.Result(fx.PublishedAssignment, u, attempt), func(r *ingest.ResultItem) {
					r.Result.Score, r.Result.ScoreReviewer = new(float64(i/2)), nil
				}))
			}
		}
		fx.UpsertResults(t, s, items...)
		order := query.Order{Column: "score", Desc: true, Then: &query.Order{Column: "attempt", Then: &query.Order{Desc: true}}}
		rows, err := db.AssignmentResults.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID, fx.PublishedAssignment.MomotorID}}, query.Params{Order: order})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows[0] {
			user := map[int64]string{fx.Anna.MomotorID: "anna", fx.Bob.MomotorID: "bob", fx.Carl.MomotorID: "carl"}[r.UserID]
			got = append(got, fmt.Sprint(user, r.Attempt))
		}
		if want := []string{"carl1", "carl2", "bob1", "anna1", "bob2", "anna2"}; !slices.Equal(got, want) {
			t.Errorf("the results are %q, want %q", got, want)
		}
		one := 1
		cursor := query.EncodeCursor(order, []any{1.0, 2, rows[0][0].MomotorID})
		for _, other := range []query.Order{
			{}, {Column: "score", Desc: true}, {Column: "score", Desc: true, Then: &query.Order{Column: "attempt", Desc: true}},
			// The cursors of these orders have values of the same types.
			{Column: "score", Then: &query.Order{Column: "attempt", Then: &query.Order{Desc: true}}},
			{Column: "score", Desc: true, Then: &query.Order{Column: "attempt", Desc: true, Then: &query.Order{Desc: true}}},
			{Column: "score", Desc: true, Then: &query.Order{Column: "attempt", Then: &query.Order{}}},
			{Column: "score_reviewer", Desc: true, Then: &query.Order{Column: "attempt", Then: &query.Order{Desc: true}}},
		} {
			if err := query.CheckCursors[db.Result](s.DB(), &query.Page{First: &one, After: cursor}, other); err == nil {
				t.Errorf("a cursor of the order %+v is accepted for %+v", order, other)
			}
		}
		if err := query.CheckCursors[db.Result](s.DB(), &query.Page{First: &one, After: cursor}, order); err != nil {
			t.Errorf("a cursor of the same order is rejected: %v", err)
		}
	})
}
