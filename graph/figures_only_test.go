package graph_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
)

// A caller who may read only figures sees null in place of each figure about fewer students than allowed, and
// all other figures as other callers see them: for random results, filters and group sizes.
func TestSmallGroupsAreHidden(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 7, "one")
		addVariedResults(t, s, one)
		rnd := rand.New(rand.NewPCG(5, 6))
		addRandomResults(t, s, one, rnd)
		servers := newServers(t, s)
		read := func(server *graph.Server, minGroup int, op string) *figuresCourse {
			t.Helper()
			caller := reviewerOf(one)
			caller.MinGroup = minGroup
			body, _ := execute(t, server, caller, op)
			var answer struct {
				Data struct {
					Account struct{ Course *figuresCourse }
				}
				Errors json.RawMessage
			}
			if err := json.Unmarshal(body, &answer); err != nil || answer.Errors != nil {
				t.Fatalf("%s = %.2000s", op, body)
			}
			return answer.Data.Account.Course
		}
		hidden, shown, groups := 0, 0, 0
		for range 60 {
			list, request := randomList(rnd), randomGroupRequest(rnd)
			for slices.Contains(request.by, "USER") || slices.Contains(request.by, "ATTEMPT") { // refused: see TestPersonalKeys
				request = randomGroupRequest(rnd)
			}
			if strings.Contains(list, "user") || strings.Contains(list, "attempt") {
				continue // refused: see TestPersonalConditions
			}
			operation := func(selection string) string {
				op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { ` + fmt.Sprintf(list, selection) + " } } }"
				if strings.Contains(selection, "...numbers") {
					op += numbersFragment
				}
				return op
			}
			minGroup := 2 + rnd.IntN(6)
			request.minGroup = minGroup
			open := read(servers.fast, 0, operation(resultFields)).lists()
			for _, server := range []*graph.Server{servers.fast, servers.slow} {
				for i, results := range read(server, minGroup, operation(statsFields+request.field())).lists() {
					want := protectedStats(open[i].Nodes, minGroup)
					if want["count"] == nil {
						hidden++
					} else {
						shown++
					}
					var diffs []string
					diffFigures("stats", results.Stats, want, &diffs)
					if diffs != nil {
						t.Errorf("%s with groups of %d\n%s", operation(statsFields), minGroup, strings.Join(diffs, "\n"))
					}
					groups += len(results.Groups.Nodes)
					if diff := request.diff(results.Groups, open[i].Nodes); diff != "" {
						t.Errorf("%s with groups of %d\n%s", operation(request.field()), minGroup, diff)
					}
				}
			}
		}
		if hidden < 10 || shown < 10 || groups < 30 {
			t.Errorf("%d lists were hidden, and %d lists and %d groups shown, want at least 10, 10 and 30", hidden, shown, groups)
		}
	})
}

// protectedStats returns the figures of results with null in place of those about fewer students.
func protectedStats(results []figuresResult, minGroup int) map[string]any {
	stats := naiveStats(results)
	hide := func(path ...string) {
		at := stats
		for _, name := range path[:len(path)-1] {
			at = at[name].(map[string]any)
		}
		at[path[len(path)-1]] = hiddenValue(at[path[len(path)-1]])
	}
	if stats["students"].(float64) < float64(minGroup) {
		for name := range stats {
			hide(name)
		}
		return stats
	}
	for name, has := range map[string]func(figuresResult) bool{
		"score":           func(r figuresResult) bool { return r.Score != nil },
		"scorePercent":    func(r figuresResult) bool { return r.ScorePercent != nil },
		"secondsLate":     func(r figuresResult) bool { return r.SecondsLate != nil },
		"attempts":        func(figuresResult) bool { return true },
		"waitSeconds":     func(r figuresResult) bool { return seconds(r.QueuedAt, r.StartedAt) != nil },
		"durationSeconds": func(r figuresResult) bool { return seconds(r.StartedAt, r.ProcessedAt) != nil },
		"passRate":        func(r figuresResult) bool { return r.State == "DONE" },
	} {
		if submitters(results, has) < minGroup {
			hide(name)
		}
	}
	return stats
}

// submitters returns the number of students who submitted a result that meets a condition, if it is not nil.
func submitters(results []figuresResult, has func(figuresResult) bool) int {
	found := map[int64]bool{}
	for _, r := range results {
		if has == nil || has(r) {
			found[r.User.CanvasID] = true
		}
	}
	return len(found)
}

// hiddenValue returns a value with null in place of all its figures.
func hiddenValue(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	out := map[string]any{}
	for name, value := range object {
		out[name] = hiddenValue(value)
	}
	return out
}

// A caller who may read only figures can not select the results of one person or single attempts.
func TestPersonalConditions(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 7, "one")
	servers := newServers(t, s)
	caller := reviewerOf(one)
	caller.MinGroup = 5
	for filter, refused := range map[string]string{
		"userCanvasId: 1001001": "userCanvasId", "attempt: 1": "attempt", "attemptFrom: 1": "attemptFrom", "attemptTo: 1": "attemptTo", `userSearch: "one"`: "userSearch", "sectionCanvasId: 10010": "", "accepted: true": "",
	} {
		op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { results(filter: {` + filter + `}) { stats { count } } } } }`
		for _, server := range []*graph.Server{servers.fast, servers.slow} {
			body, _ := execute(t, server, caller, op)
			isRefused := strings.Contains(string(body), "leave out “filter."+refused+"”") && strings.Contains(string(body), "FORBIDDEN")
			if isRefused != (refused != "") {
				t.Errorf("%s = %s, refused: want %t", op, body, refused != "")
			}
		}
	}
}

// A caller who may read only figures can not group results by student or attempt.
func TestPersonalKeys(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 7, "one")
	caller := reviewerOf(one)
	caller.MinGroup = 5
	groups := func(by, key string) string {
		return `(pick: ALL) { groups(by: ` + by + `) { nodes { key { ` + key + ` } stats { count } } } }`
	}
	expectAnswers(t, s, caller, `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { results%s } } }`, map[string]string{
		groups("[DAY, USER]", "day"):         "leave out USER in “by”",
		groups("ATTEMPT", "__typename"):      "leave out ATTEMPT in “by”",
		groups("USER", "user { canvasId }"):  "not the field user of ResultGroupKeyValue",
		groups("ATTEMPT", "attempt"):         "not the field attempt of ResultGroupKeyValue",
		groups("STATE", "state"):             `"data":{`,
		groups("[DAY, DAY, USER]", "day"):    `"FORBIDDEN"`,
		groups("SECTION", "section { id }"):  `"data":{`,
		groups("SCORE_BAND", "... { week }"): `"BAD_USER_INPUT"`,
	})
}
