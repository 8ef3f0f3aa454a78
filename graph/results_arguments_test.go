package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// expectAnswers sends each operation on both paths. The texts are parts of the responses.
func expectAnswers(t *testing.T, s *db.Store, caller *access.Principal, operation string, texts map[string]string) {
	t.Helper()
	servers := newServers(t, s)
	for arguments, want := range texts {
		for path, server := range map[string]*graph.Server{"fast path": servers.fast, "resolvers": servers.slow} {
			if body, _ := execute(t, server, caller, fmt.Sprintf(operation, arguments)); !strings.Contains(string(body), want) {
				t.Errorf("%s (%s) = %s, want %s in it", arguments, path, body, want)
			}
		}
	}
}

// A filter selects among the picked attempts, and leaves the pick of the list as it is.
func TestPickOfLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		var items []*ingest.ResultItem
		for attempt, score := range []float64{7, 9, 4} {
			items = append(items, dbtest.Modify(dbtest.Result(fx.PublishedAssignment, fx.Anna, attempt+1), func(item *ingest.ResultItem) {
				item.Result.ScoreReviewer = &score
			}))
		}
		fx.UpsertResults(t, s, items...)
		lists := map[string]string{
			"assignment": `{ account(canvasGuid: "guid") { course(canvasId: 1001) { assignment(canvasId: 501) { results%s { nodes { attempt } totalCount } } } } }`,
			"user":       `{ account(canvasGuid: "guid") { course(canvasId: 1001) { user(canvasId: 1) { results%s { nodes { attempt } totalCount } } } } }`,
			"course":     `{ account(canvasGuid: "guid") { course(canvasId: 1001) { results%s { nodes { attempt } totalCount } } } }`,
		}
		picked := func(attempts ...int) string {
			var nodes []string
			for _, n := range attempts {
				nodes = append(nodes, fmt.Sprintf(`{"attempt":%d}`, n))
			}
			return fmt.Sprintf(`{"nodes":[%s],"totalCount":%d}`, strings.Join(nodes, ","), len(attempts))
		}
		asOf := func(attempt int) string {
			return fmt.Sprintf("asOf: %q", dbtest.Noon.Add(time.Duration(attempt)*time.Hour).Format(time.RFC3339))
		}
		tomorrow := fmt.Sprintf("asOf: %q", time.Now().Add(24*time.Hour).Format(time.RFC3339))
		for name, list := range lists {
			byDefault, ofFilter, ofAsOf := picked(3), picked(), picked(2)
			if name == "course" {
				byDefault, ofFilter, ofAsOf = picked(1, 2, 3), picked(2), picked(1, 2)
			}
			expectAnswers(t, s, &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: access.Teacher}}}, list, map[string]string{
				"":                                        byDefault,
				"(pick: null, asOf: null)":                byDefault,
				"(filter: {})":                            byDefault,
				"(filter: {late: false})":                 byDefault,
				"(filter: {attempt: 2})":                  ofFilter,
				"(filter: {latest: null})":                byDefault,
				"(filter: {latest: true})":                picked(3),
				"(filter: {latest: false})":               picked(1, 2),
				"(pick: LATEST)":                          picked(3),
				"(pick: FIRST)":                           picked(1),
				"(pick: BEST)":                            picked(2),
				"(pick: ALL)":                             picked(1, 2, 3),
				"(pick: BEST, filter: {attempt: 1})":      picked(),
				"(" + asOf(2) + ")":                       ofAsOf,
				"(pick: LATEST, " + asOf(2) + ")":         picked(2),
				"(pick: BEST, " + asOf(1) + ")":           picked(1),
				"(pick: ALL, " + asOf(0) + ")":            picked(),
				"(" + tomorrow + ")":                      `“asOf” must not be in the future`,
				"(pick: ALL, filter: {latest: true})":     `Give “pick” or “filter.latest”, not both`,
				"(pick: LATEST, filter: {latest: false})": `Give “pick” or “filter.latest”, not both`,
				"(pick: WORST)":                           `GRAPHQL_VALIDATION_FAILED`,
			})
		}
	})
}

// Both paths read the conditions of filters alike, and reject those that make no sense.
func TestResultFilterArguments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1), dbtest.Result(fx.UnpublishedAssignment, fx.Bob, 2))
		caller := &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: access.Teacher}}}
		count := func(n int) string { return fmt.Sprintf(`"totalCount":%d}`, n) }
		long := strings.Repeat("x", 1001)
		steps := strings.Repeat(`{taskId: "plain"}, `, 10)
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { results(filter: {%s}) { totalCount } } } }`, map[string]string{
			`assignmentCanvasIds: [501]`: count(2), `assignmentCanvasIds: 502`: count(1), `assignmentCanvasIds: []`: count(0), `assignmentCanvasIds: null`: count(3),
			`sectionCanvasIds: [11, 12]`: count(3), `sectionCanvasIds: [12]`: count(0),
			`userSearch: "ANN"`: count(1), `userSearch: ""`: "BAD_USER_INPUT", `userSearch: "` + long + `"`: "BAD_USER_INPUT",
			`attemptFrom: 2`: count(1), `attemptTo: 1`: count(2), `attemptFrom: 2, attemptTo: 1`: count(0), `revision: 1`: count(3),
			`scoreFrom: 6`: count(3), `scoreFrom: 6.5`: count(0), `scoreTo: 6`: count(3), `scoreTo: 1e400`: "non numeric value", `scoreTo: "6"`: "GRAPHQL_VALIDATION_FAILED",
			`steps: {taskId: "plain", accepted: false}`: count(3), `steps: [{taskId: "plain", outcome: PASS}]`: count(0), `steps: [` + steps + `]`: count(3),
			`steps: [` + steps + `{taskId: "x"}]`: "BAD_USER_INPUT", `steps: [{}]`: "GRAPHQL_VALIDATION_FAILED",
			`submittedOnOrAfter: "2026-03-01"`: count(3), `submittedOnOrAfter: "2026-03-02"`: count(0), `submittedBeforeDate: "2026-03-01"`: count(0),
			`submittedBeforeDate: "2026-03-02", timeZone: "Pacific/Kiritimati"`: count(0), `submittedBeforeDate: "2026-03-02", timeZone: null`: count(3),
			`submittedOnOrAfter: "2026-3-1"`: "BAD_USER_INPUT", `timeZone: "Mars/Olympus"`: "BAD_USER_INPUT", `timeZone: "UTC"`: count(3),
		})
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { users(filter: {%s}) { totalCount } } } }`, map[string]string{
			`search: "a"`: count(3), `search: ""`: "BAD_USER_INPUT", `sectionCanvasIds: [11]`: count(3), `sectionCanvasIds: []`: count(0),
		})
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { sections { %s } } } }`, map[string]string{
			`users { totalCount }`: count(3), `users(filter: {search: "bob"}) { totalCount }`: count(1),
			`results { totalCount }`: count(3), `results(filter: {attempt: 2}) { nodes { user { name } } totalCount }`: `{"nodes":[{"user":{"name":"Bob"}}],"totalCount":1}`,
		})
	})
}

// Callers with pseudonyms cannot search for people, because a match would reveal a name.
func TestSearchWithPseudonyms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		caller, _ := newPrivateFixture(t, s).pseudonymous(t, s)
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { %s { totalCount } } } }`, map[string]string{
			`users(filter: {search: "a"})`: "FORBIDDEN", `results(filter: {userSearch: "a"})`: "FORBIDDEN", `users(filter: {search: null})`: `"totalCount":7`,
		})
	})
}

// Lists have the orders of the schema, on both paths.
func TestOrders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		other := &db.Section{AccountID: fx.Account.MomotorID, CourseID: fx.Course.MomotorID, CanvasID: 12, Name: "A section"}
		if _, err := ingest.UpsertSections(t.Context(), s, []*db.Section{other}); err != nil {
			t.Fatal(err)
		}
		if _, err := ingest.InsertEnrollments(t.Context(), s, []*db.Enrollment{{CourseID: fx.Course.MomotorID, UserID: fx.Carl.MomotorID, Role: db.RoleStudent, SectionID: &other.MomotorID}}); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE assignment SET name = 'Zero', position = 2, due_at = '2026-03-01 00:00:00+00:00' WHERE canvas_id = 501")
		dbtest.Exec(t, s, "UPDATE assignment SET name = 'one', position = 1 WHERE canvas_id = 502")
		result := func(u *db.User, attempt int, state db.ResultState, secondsLate, score float64) *ingest.ResultItem {
			return dbtest.Modify(dbtest.Result(fx.PublishedAssignment, u, attempt), func(item *ingest.ResultItem) {
				item.Result.State, item.Result.IsLate, item.Result.SecondsLate, item.Result.ScoreReviewer = state, secondsLate > 0, &secondsLate, &score
				item.Steps[0].MaxScore = new(10.0)
			})
		}
		fx.UpsertResults(t, s, result(fx.Carl, 2, db.StateDone, 5, 1), result(fx.Anna, 3, db.StatePaused, 0, 8), result(fx.Bob, 1, db.StateQueued, 60, 4))
		caller := &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: access.Teacher}}}
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { results(orderBy: %s) { nodes { attempt } } } } }`, map[string]string{
			"{field: SORTABLE_NAME}":                   `[{"attempt":3},{"attempt":1},{"attempt":2}]`,
			"{field: ATTEMPT, direction: DESC}":        `[{"attempt":3},{"attempt":2},{"attempt":1}]`,
			"{field: SECONDS_LATE}":                    `[{"attempt":3},{"attempt":2},{"attempt":1}]`,
			"{field: STATE}":                           `[{"attempt":3},{"attempt":1},{"attempt":2}]`,
			"{field: SCORE_PERCENT}":                   `[{"attempt":2},{"attempt":1},{"attempt":3}]`,
			"[{field: STATE}, {field: SORTABLE_NAME}]": `[{"attempt":3},{"attempt":1},{"attempt":2}]`,
			"{field: SIZE}":                            "GRAPHQL_VALIDATION_FAILED",
		})
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { assignments(orderBy: %s) { nodes { canvasId } } } } }`, map[string]string{
			"[]": `[{"canvasId":501},{"canvasId":502}]`, "{field: POSITION}": `[{"canvasId":502},{"canvasId":501}]`,
			"{field: DUE_AT, direction: DESC}": `[{"canvasId":502},{"canvasId":501}]`, "{field: NAME}": `[{"canvasId":501},{"canvasId":502}]`,
		})
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { users(orderBy: %s) { nodes { name } } } } }`, map[string]string{
			"[{field: SECTION}, {field: SORTABLE_NAME, direction: DESC}]": `[{"name":"Teacher"},{"name":"Carl"},{"name":"Bob"},{"name":"Anna"}]`,
		})
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { assignment(canvasId: 501) { results%s } } } }`, map[string]string{
			"(filter: {scorePercentFrom: 40, scorePercentTo: 40}) { nodes { attempt maxScore scorePercent scorePercentBasis secondsLate } }": `[{"attempt":1,"maxScore":10.0,"scorePercent":40.0,"scorePercentBasis":"MAX_SCORE","secondsLate":60.0}]`,
			"(filter: {scorePercentTo: -1}) { totalCount }": `{"totalCount":0}`,
		})
	})
}
