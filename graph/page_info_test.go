package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// pageJSON returns the JSON of a page, given as its numbers in brackets: a “<” before them stands
// for a previous page, and a “>” after them for a next page.
func pageJSON(page string) string {
	previous, next := strings.HasPrefix(page, "<"), strings.HasSuffix(page, ">")
	var nodes []string
	for _, n := range strings.Fields(strings.Trim(page, "<[]>")) {
		nodes = append(nodes, `{"n":`+n+`}`)
	}
	return fmt.Sprintf(`{"list":{"pageInfo":{"hasPreviousPage":%t,"hasNextPage":%t},"nodes":[%s]}}`, previous, next, strings.Join(nodes, ","))
}

// Each page below a page knows its own neighbours, on both paths.
func TestPageInfo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		second := &db.Account{CanvasGUID: "second", BaseURL: "https://second.example", Name: "Second"}
		if _, err := ingest.UpsertAccounts(t.Context(), s, []*db.Account{second}); err != nil {
			t.Fatal(err)
		}
		others := make([]*db.Course, 3)
		for i := range others {
			others[i] = &db.Course{AccountID: second.MomotorID, CanvasID: int64(2001 + i), Code: "S", Name: "Second"}
		}
		if _, err := ingest.UpsertCourses(t.Context(), s, others); err != nil {
			t.Fatal(err)
		}
		bob, carl := dbtest.Result(fx.PublishedAssignment, fx.Bob, 1), make([]*ingest.ResultItem, 3)
		for i := range carl {
			carl[i] = dbtest.Result(fx.PublishedAssignment, fx.Carl, i+1)
		}
		fx.UpsertResults(t, s, append([]*ingest.ResultItem{bob}, carl...)...)
		cursor := func(attempt int) string {
			return fmt.Sprintf("%q", query.EncodeCursor(query.Order{}, []any{carl[attempt-1].Result.MomotorID}))
		}
		caller := &access.Principal{Kind: access.APIKey}
		for _, c := range append([]*db.Course{fx.Course, fx.OtherCourse}, others...) {
			caller.Grants = append(caller.Grants, access.Grant{CourseID: c.MomotorID, Roles: access.Teacher})
		}
		const list = "pageInfo { hasPreviousPage hasNextPage } nodes"
		results := `{ account(canvasGuid: "guid") { course(canvasId: 1001) { users(first: 3) { nodes { list: results(pick: ALL, %s) { ` + list + ` { n: attempt } } } } } } }`
		courses := `{ accounts { nodes { list: courses(%s) { ` + list + ` { n: canvasId } } } } }`
		servers := newServers(t, s)
		for _, tt := range []struct {
			operation, arguments string
			want                 []string
		}{
			{results, "first: 0", []string{"[]", "[]>", "[]>"}}, // of Anna, Bob and Carl
			{results, "first: 1", []string{"[]", "[1]", "[1]>"}},
			{results, "first: 2", []string{"[]", "[1]", "[1 2]>"}},
			{results, "first: 3", []string{"[]", "[1]", "[1 2 3]"}},
			{results, "last: 1", []string{"[]", "[1]", "<[3]"}},
			{results, "last: 3", []string{"[]", "[1]", "[1 2 3]"}},
			{results, "first: 1, after: " + cursor(1), []string{"<[]", "<[]", "<[2]>"}},
			{results, "first: 2, after: " + cursor(1), []string{"<[]", "<[]", "<[2 3]"}},
			{results, "last: 1, before: " + cursor(3), []string{"[]>", "[1]>", "<[2]>"}},
			{results, "last: 2, before: " + cursor(3), []string{"[]>", "[1]>", "[1 2]>"}},
			{courses, "first: 1", []string{"[1001]>", "[2001]>"}}, // of both accounts
			{courses, "first: 2", []string{"[1001 1002]", "[2001 2002]>"}},
			{courses, "last: 2", []string{"[1001 1002]", "<[2002 2003]"}},
			{courses, "last: 3", []string{"[1001 1002]", "[2001 2002 2003]"}},
		} {
			var pages []string
			for _, page := range tt.want {
				pages = append(pages, pageJSON(page))
			}
			want := `"nodes":[` + strings.Join(pages, ",") + `]`
			for _, server := range []*graph.Server{servers.fast, servers.slow} {
				if got, path := execute(t, server, caller, fmt.Sprintf(tt.operation, tt.arguments)); !strings.Contains(string(got), want) {
					t.Errorf("%s: a list (%s) has the pages %s, want %s", path, tt.arguments, got, want)
				}
			}
		}
	})
}

// A list in the order of a column with nulls has each row once when it is read page by page, on both
// paths.
func TestPagesOfNulls(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		items := make([]*ingest.ResultItem, 6)
		for i := range items {
			items[i] = dbtest.Result(fx.PublishedAssignment, fx.Anna, i+1)
			r := &items[i].Result
			r.Score, r.ScoreReviewer, r.ProcessedAt = nil, nil, nil
			if i%2 == 0 {
				r.Score, r.ProcessedAt = new(float64(i)), new(dbtest.Noon.Add(time.Duration(i)*time.Hour))
			}
		}
		fx.UpsertResults(t, s, items...)
		servers := newServers(t, s)
		caller := &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: access.Teacher}}}
		const op = `query ($first: Int, $after: String) { account(canvasGuid: "guid") { course(canvasId: 1001) { assignment(canvasId: 501) {
			results(pick: ALL, first: $first, after: $after, orderBy: {field: %s, direction: %s}) { pageInfo { endCursor hasNextPage } nodes { attempt } } } } } }`
		for _, tt := range []struct {
			field, direction string
			want             []int // attempts
		}{
			{"SCORE", "ASC", []int{2, 4, 6, 1, 3, 5}},
			{"SCORE", "DESC", []int{5, 3, 1, 6, 4, 2}},
			{"PROCESSED_AT", "ASC", []int{1, 3, 5, 2, 4, 6}},
			{"PROCESSED_AT", "DESC", []int{6, 4, 2, 5, 3, 1}},
		} {
			for want, server := range map[string]*graph.Server{"fast": servers.fast, "": servers.slow} {
				var got []int
				variables := map[string]any{"first": 1}
				for more := true; more && len(got) <= len(items); {
					body, path := executeWith(t, server, caller, fmt.Sprintf(op, tt.field, tt.direction), variables)
					page := resultsPage(t, body)
					if path != want || len(page.Nodes) != 1 {
						t.Fatalf("the path %q answers %s, want one node from the path %q", path, body, want)
					}
					got = append(got, page.Nodes[0].Attempt)
					variables["after"], more = page.PageInfo.EndCursor, page.PageInfo.HasNextPage
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("%q: the pages by %s %s have the attempts %v, want %v", want, tt.field, tt.direction, got, tt.want)
				}
			}
		}
	})
}

// A page is a page of results.
type page struct {
	PageInfo struct {
		EndCursor   string
		HasNextPage bool
	}
	Nodes []struct{ Attempt int }
}

// resultsPage returns the results of an assignment in a response.
func resultsPage(t *testing.T, body []byte) page {
	t.Helper()
	var response struct {
		Data struct {
			Account struct {
				Course struct{ Assignment struct{ Results page } }
			}
		}
	}
	if err := json.Unmarshal(body, &response); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return response.Data.Account.Course.Assignment.Results
}

// Neither path answers null where the schema promises a value: not for an object that the caller
// does not see, and not for a damaged column.
func TestNoNullForNonNull(t *testing.T) {
	s := dbtest.Open(t, dbtest.Postgres(t))
	fx := dbtest.NewFixture(t, s)
	item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
	item.Group = []int64{fx.Bob.MomotorID, fx.Carl.MomotorID} // without the submitter
	fx.UpsertResults(t, s, item)
	servers := newServers(t, s)
	bob := &access.Principal{Kind: access.User, UserID: fx.Bob.MomotorID, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: access.Student}}}
	read := func(selection string) {
		t.Helper()
		op := `{ account(canvasGuid: "guid") { course(canvasId: 1001) { assignment(canvasId: 501) { results { nodes { ` + selection + ` } } } } } }`
		for _, server := range []*graph.Server{servers.fast, servers.slow} {
			w := httptest.NewRecorder()
			server.ServeCaller(w, request(t, access.WithPrincipal(t.Context(), bob), op))
			if path := w.Header().Get(fastpath.Header); strings.Contains(w.Body.String(), `"value":null`) {
				t.Errorf("%s: %s = %s, want no null for a non-null field", path, selection, w.Body)
			}
		}
	}
	read("value: user { name }")
	dbtest.Exec(t, s, "ALTER TABLE result ALTER COLUMN is_late DROP NOT NULL")
	dbtest.Exec(t, s, "UPDATE result SET is_late = NULL")
	read("value: isLate")
}
