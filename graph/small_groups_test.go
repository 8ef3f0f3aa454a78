package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
)

// A smallGroupCourse is the answer about a course to a caller who may read only figures, or to a caller who sees
// the results that they are about.
type smallGroupCourse struct {
	Activity    []map[string]any
	All         figuresList
	Assignments struct {
		Nodes []struct {
			StepStats   []map[string]any
			Picked, All figuresList
		}
	}
}

// readCourse executes an operation and decodes the data about its course.
func readCourse(t *testing.T, server *graph.Server, one *courseFixture, minGroup int, selection string, into any) {
	t.Helper()
	caller := reviewerOf(one)
	caller.MinGroup = minGroup
	op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { ` + selection + ` } } }`
	body, _ := execute(t, server, caller, op)
	var answer struct {
		Data struct {
			Account struct{ Course json.RawMessage }
		}
		Errors json.RawMessage
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Errors != nil {
		t.Fatalf("%s = %.2000s", op, body)
	}
	if err := json.Unmarshal(answer.Data.Account.Course, into); err != nil {
		t.Fatal(err)
	}
}

// A caller who may read only figures sees neither tasks nor figures of tasks about fewer students than allowed,
// and no numbers of periods with fewer: for random results, filters and group sizes.
func TestSmallGroupsOfTasksAreHidden(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 7, "one")
		rnd := rand.New(rand.NewPCG(7, 8))
		addRandomResults(t, s, one, rnd)
		servers := newServers(t, s)
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		tasks, hidden, periods := 0, 0, 0
		for range 40 {
			selection, byRevision, minGroup := randomSelection(rnd), rnd.IntN(2) == 0, 2+rnd.IntN(5)
			if strings.Contains(selection.filter, "user") || strings.Contains(selection.filter, "attempt") {
				continue // refused: see TestPersonalConditions
			}
			picked, all := selection.arguments("LATEST"), selection.withPick("ALL")
			const nodes = "nodes { attempt submittedAt revision user { canvasId } group { canvasId } steps { taskId stepId outcome accepted hasError score maxScore } }"
			var open smallGroupCourse
			readCourse(t, servers.fast, one, 0, fmt.Sprintf(`all: results(first: 1000, %[1]s) { %[3]s }
				assignments { nodes { picked: results(first: 1000, %[2]s) { %[3]s } all: results(first: 1000, %[1]s) { %[3]s } } }`, all, picked, nodes), &open)
			figures := fmt.Sprintf(`activity(by: DAY, timeZone: "America/New_York", %s) { start date count students } assignments { nodes { stepStats(byRevision: %v, %s) { %s } } }`,
				all, byRevision, picked, stepFields+map[bool]string{true: " revision"}[byRevision])
			for _, server := range []*graph.Server{servers.fast, servers.slow} {
				var got smallGroupCourse
				readCourse(t, server, one, minGroup, figures, &got)
				want := protectedActivity(open.All.Nodes, zone, minGroup)
				if periods += len(want); !reflect.DeepEqual(got.Activity, want) {
					t.Errorf("%s with groups of %d\nactivity %v\nwant %v", figures, minGroup, got.Activity, want)
				}
				for i, a := range open.Assignments.Nodes {
					want := protectedSteps(a.Picked.Nodes, a.All.Nodes, byRevision, minGroup)
					tasks, hidden = tasks+len(want), hidden+len(naiveSteps(a.Picked.Nodes, nil, byRevision))-len(want)
					if diff := diffSteps(got.Assignments.Nodes[i].StepStats, want); diff != "" {
						t.Errorf("%s with groups of %d\n%s", figures, minGroup, diff)
					}
				}
			}
		}
		if tasks < 20 || hidden < 20 || periods < 20 {
			t.Errorf("%d tasks are shown and %d hidden, and there are %d periods, want at least 20 of each", tasks, hidden, periods)
		}
	})
}

// protectedSteps returns the rows of naiveSteps that a caller sees who may read only figures.
func protectedSteps(picked, all []figuresResult, byRevision bool, minGroup int) map[string]map[string]any {
	rows, name := naiveSteps(picked, all, byRevision), taskName(byRevision)
	passed := naiveFirstPasses(all, name)
	for key, row := range rows {
		few := func(meets func(figuresStep) bool) bool {
			return submitters(picked, func(r figuresResult) bool {
				return slices.ContainsFunc(r.Steps, func(s figuresStep) bool { return name(r, s) == key && meets(s) })
			}) < minGroup
		}
		if few(func(figuresStep) bool { return true }) {
			delete(rows, key)
			continue
		}
		if few(func(s figuresStep) bool { return s.outcome() != "SKIP" }) {
			row["passRate"] = nil
		}
		if few(func(s figuresStep) bool { return s.Score != nil && s.MaxScore != nil }) {
			row["facility"], row["facilityCount"] = nil, nil
		}
		if few(func(s figuresStep) bool { return s.Score != nil }) {
			row["score"] = hiddenValue(row["score"])
		}
		if len(passed[key]) < minGroup {
			row["medianAttemptsUntilPass"], row["studentsPassed"] = nil, nil
		}
	}
	return rows
}

// protectedActivity returns the activity that a caller sees who may read only figures: the days from the first
// to the last one with enough students, and the numbers of those.
func protectedActivity(results []figuresResult, zone *time.Location, minGroup int) []map[string]any {
	buckets := []map[string]any{}
	last := 0
	for _, day := range naiveActivity(results, zone) {
		bucket := map[string]any{"start": day.Start.Format("2006-01-02T15:04:05Z"), "date": day.Date, "count": nil, "students": nil}
		enough := submitters(results, func(r figuresResult) bool { return r.SubmittedAt.In(zone).Format(time.DateOnly) == day.Date }) >= minGroup
		if enough {
			bucket["count"], bucket["students"] = float64(day.Count), float64(day.Students)
		}
		if enough || len(buckets) > 0 {
			buckets = append(buckets, bucket)
		}
		if enough {
			last = len(buckets)
		}
	}
	return buckets[:last]
}

// A caller who may read only figures sees no analysis, item, pair of items, number of attempts or transition of
// fewer students than allowed, and all others as other callers see them.
func TestSmallGroupsOfAnalysesAreHidden(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one := newCourseFixture(t, s, 1001, 7, "one")
		addScoredResults(t, s, one)
		servers := newServers(t, s)
		differences, shown := 0, 0
		for _, selection := range []string{"", "pick: ALL", "pick: FIRST", "filter: {accepted: true}", `asOf: "2026-03-01T12:00:20Z"`} {
			for _, variant := range []string{"criterion: STEP_SUM, skipped: ZERO", "criterion: STEP_SUM, skipped: LEFT_OUT", "criterion: RESULT_SCORE, skipped: ZERO"} {
				nodes, figures, _ := strings.Cut(analysisOperation(selection, variant), "itemAnalysis")
				_, nodes, _ = strings.Cut(nodes, "assignments { nodes {")
				figures = "itemAnalysis" + strings.Replace(strings.TrimSuffix(figures, "} } }"), "items {", "coFailures(first: 1000) { taskId otherTaskId results bothFailed } items {", 1)
				var open struct {
					Assignments struct{ Nodes []map[string]any }
				}
				var results struct {
					Assignments struct{ Nodes []analyzedAssignment }
				}
				readCourse(t, servers.fast, one, 0, "assignments { nodes { "+figures, &open)
				readCourse(t, servers.fast, one, 0, "assignments { nodes { "+nodes+" } }", &results)
				for minGroup := 2; minGroup < 8; minGroup++ {
					for _, server := range []*graph.Server{servers.fast, servers.slow} {
						var got struct {
							Assignments struct{ Nodes []map[string]any }
						}
						readCourse(t, server, one, minGroup, "assignments { nodes { "+figures, &got)
						for i, a := range results.Assignments.Nodes {
							want := a.protected(open.Assignments.Nodes[i], variant, minGroup)
							if !reflect.DeepEqual(got.Assignments.Nodes[i], want) {
								t.Errorf("(%s) %s with groups of %d\n%v\nwant %v", selection, figures, minGroup, got.Assignments.Nodes[i], want)
							}
							if !reflect.DeepEqual(open.Assignments.Nodes[i], want) {
								differences++
							}
							if want["itemAnalysis"] != nil {
								shown++
							}
						}
					}
				}
			}
		}
		if differences < 50 || shown < 50 {
			t.Errorf("%d answers have less than others see, and %d have an item analysis, want at least 50 of both", differences, shown)
		}
	})
}

// protected returns the analyses that a caller sees who may read only figures. Open has those of other callers.
func (a analyzedAssignment) protected(open map[string]any, variant string, minGroup int) map[string]any {
	transitions := []any{}
	for _, tr := range open["transitions"].([]any) {
		tr := tr.(map[string]any)
		if tr["failToPass"].(float64)+tr["passToFail"].(float64)+tr["stayedPass"].(float64)+tr["stayedFail"].(float64) >= float64(minGroup) {
			transitions = append(transitions, tr)
		}
	}
	return map[string]any{
		"transitions":       transitions,
		"attemptsUntilPass": protectedAttempts(open["attemptsUntilPass"].(map[string]any), float64(minGroup)),
		"itemAnalysis":      a.protectedItems(open["itemAnalysis"].(map[string]any), variant, minGroup),
	}
}

func protectedAttempts(open map[string]any, minGroup float64) any {
	students, buckets := open["notPassed"].(float64), []any{}
	for _, b := range open["buckets"].([]any) {
		n := b.(map[string]any)["students"].(float64)
		if students += n; n >= minGroup {
			buckets = append(buckets, b)
		}
	}
	switch {
	case students < minGroup:
		return nil
	case open["notPassed"].(float64) < minGroup:
		return map[string]any{"buckets": buckets, "notPassed": nil}
	}
	return map[string]any{"buckets": buckets, "notPassed": open["notPassed"]}
}

func (a analyzedAssignment) protectedItems(open map[string]any, variant string, minGroup int) any {
	results := done(a.Results.Nodes, true)
	if strings.Contains(variant, "RESULT_SCORE") {
		results = slices.DeleteFunc(results, func(r analyzedResult) bool { return r.Score == nil })
	}
	few := func(counts func(analyzedResult) bool) bool {
		students := map[int64]bool{}
		for _, r := range results {
			if counts(r) {
				students[r.User.CanvasID] = true
			}
		}
		return len(students) < minGroup
	}
	has := func(task any, isMissing func(analyzedStep) bool) func(analyzedResult) bool {
		return func(r analyzedResult) bool {
			return slices.ContainsFunc(r.Steps, func(s analyzedStep) bool { return s.TaskID == task && !isMissing(s) })
		}
	}
	items, pairs, all := []any{}, []any{}, open["items"].([]any)
	if few(func(r analyzedResult) bool {
		return !strings.Contains(variant, "LEFT_OUT") || !slices.ContainsFunc(all, func(item any) bool {
			return !has(item.(map[string]any)["taskId"], analyzedStep.skipped)(r)
		})
	}) {
		return nil
	}
	for _, item := range all {
		if !few(has(item.(map[string]any)["taskId"], analyzedStep.skipped)) {
			items = append(items, item)
		}
	}
	for _, pair := range open["coFailures"].([]any) {
		first, second := has(pair.(map[string]any)["taskId"], isSkip), has(pair.(map[string]any)["otherTaskId"], isSkip)
		if !few(func(r analyzedResult) bool { return first(r) && second(r) }) {
			pairs = append(pairs, pair)
		}
	}
	out := maps.Clone(open)
	out["items"], out["coFailures"] = items, pairs
	return out
}
