package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
)

// TestAnalyses compares the analyses of random results with naive ones, which are computed from the nodes
// that the same caller sees.
func TestAnalyses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newCourseFixture(t, s, 1001, 7, "one"), newCourseFixture(t, s, 1002, 4, "two")
		addScoredResults(t, s, one)
		servers, callersByName := newServers(t, s), callers(t, s, one, two)
		for _, name := range slices.Sorted(maps.Keys(callersByName)) {
			if callersByName[name].MinGroup > 0 { // the caller sees no nodes
				continue
			}
			for _, selection := range []string{"", "pick: FIRST", "pick: BEST", "pick: ALL", `asOf: "2026-03-01T12:00:40Z"`, "pick: ALL, filter: {accepted: true}", "filter: {latest: false}"} {
				for _, variant := range []string{"criterion: STEP_SUM, skipped: ZERO", "criterion: STEP_SUM, skipped: LEFT_OUT", "criterion: RESULT_SCORE, skipped: ZERO"} {
					op := analysisOperation(selection, variant)
					body, path := execute(t, servers.fast, callersByName[name], op)
					if path != "fast" {
						t.Fatalf("%s was answered by %s: %s", op, path, body)
					}
					checkAnalyses(t, name+": "+selection+", "+variant, body, variant)
				}
			}
		}
	})
}

// analysisOperation reads the results that a selection selects, all results until asOf, and the analyses.
func analysisOperation(selection, variant string) string {
	attempts, all := "", "pick: ALL, first: 1000"
	if strings.HasPrefix(selection, "asOf") {
		attempts, all = "("+selection+")", all+", "+selection
	}
	const nodes = "{ nodes { attempt state accepted score user { canvasId } group { canvasId } steps { taskId stepId outcome accepted score maxScore } } }"
	return fmt.Sprintf(`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignments { nodes {
		results(first: 1000, %[1]s) %[3]s all: results(%[4]s) %[3]s
		itemAnalysis(%[2]s, %[1]s) { n mean standardDeviation alpha standardError
			items { taskId n mean standardDeviation maxScore facility discrimination discriminativeEfficiency effectiveWeight alphaIfDropped } }
		attemptsUntilPass%[5]s { buckets { attempts students } notPassed }
		transitions%[5]s { fromAttempt taskId failToPass passToFail stayedPass stayedFail }
	} } } } }`, selection, variant, nodes, all, attempts)
}

type analyzedAssignment struct {
	Results, All      struct{ Nodes []analyzedResult }
	ItemAnalysis      map[string]any
	AttemptsUntilPass struct {
		Buckets   []struct{ Attempts, Students int }
		NotPassed int
	}
	Transitions []struct {
		FromAttempt                                    int
		TaskID                                         string
		FailToPass, PassToFail, StayedPass, StayedFail int
	}
}

func checkAnalyses(t *testing.T, name string, body []byte, variant string) {
	t.Helper()
	var reply struct {
		Data struct {
			Account *struct {
				Course *struct {
					Assignments struct{ Nodes []analyzedAssignment }
				}
			}
		}
		Errors []any
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.Errors != nil {
		t.Fatalf("%s: %v, %s", name, err, body)
	}
	if reply.Data.Account == nil || reply.Data.Account.Course == nil {
		return
	}
	for _, a := range reply.Data.Account.Course.Assignments.Nodes {
		whole, items := naiveItemAnalysis(a.Results.Nodes, strings.Contains(variant, "RESULT_SCORE"), strings.Contains(variant, "LEFT_OUT"))
		checkFigures(t, name, a.ItemAnalysis, whole)
		list, _ := a.ItemAnalysis["items"].([]any)
		if len(list) != len(items) {
			t.Errorf("%s: there are %d items, want %d", name, len(list), len(items))
		}
		for _, item := range list {
			item := item.(map[string]any)
			checkFigures(t, name+", "+item["taskId"].(string), item, items[item["taskId"].(string)])
		}
		attempts := map[int]int{}
		if a.AttemptsUntilPass.NotPassed > 0 {
			attempts[0] = a.AttemptsUntilPass.NotPassed
		}
		for _, b := range a.AttemptsUntilPass.Buckets {
			attempts[b.Attempts] = b.Students
		}
		if want := naiveAttemptsUntilPass(a.All.Nodes); !reflect.DeepEqual(attempts, want) {
			t.Errorf("%s: the attempts until pass are %v, want %v", name, attempts, want)
		}
		transitions := map[naiveTransition]int{}
		for _, tr := range a.Transitions {
			for key, n := range map[naiveTransition]int{
				{tr.FromAttempt, tr.TaskID, false, true}: tr.FailToPass, {tr.FromAttempt, tr.TaskID, true, false}: tr.PassToFail,
				{tr.FromAttempt, tr.TaskID, true, true}: tr.StayedPass, {tr.FromAttempt, tr.TaskID, false, false}: tr.StayedFail,
			} {
				if n > 0 {
					transitions[key] = n
				}
			}
		}
		if want := naiveTransitions(a.All.Nodes); !reflect.DeepEqual(transitions, want) {
			t.Errorf("%s: the transitions are %v, want %v", name, transitions, want)
		}
	}
}

// checkFigures compares the numbers of an object with those of a naive calculation.
func checkFigures(t *testing.T, name string, object map[string]any, want map[string]*float64) {
	t.Helper()
	for figure, value := range object {
		got, isNumber := value.(float64)
		switch expected := want[figure]; {
		case figure == "items" || figure == "taskId":
		case (expected == nil) == isNumber, expected != nil && math.Abs(got-*expected) > 1e-9*max(1, math.Abs(*expected)):
			t.Errorf("%s: %s is %v, want %v", name, figure, value, expected)
			if expected != nil {
				t.Logf("want %g", *expected)
			}
		}
	}
}

// addScoredResults adds random attempts with scored steps. Some steps are skipped, hidden or missing.
func addScoredResults(t *testing.T, s *db.Store, c *courseFixture) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(3, 4))
	ids, err := s.UserIDs(t.Context(), c.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	var items []*ingest.ResultItem
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 40 {
		accepted := rnd.IntN(2) == 0
		item := &ingest.ResultItem{Result: db.Result{
			CourseID: c.course.MomotorID, AssignmentID: c.assignment.MomotorID, UserID: ids[1001000+int64(i%7)], Attempt: 10 + i/7,
			State:       []db.ResultState{db.StateQueued, db.StateDone, db.StateDone, db.StateDone}[rnd.IntN(4)],
			SubmittedAt: at.Add(time.Duration(i) * 2 * time.Second), Accepted: &accepted, HasError: new(rnd.IntN(8) == 0 && !accepted),
			Score: orNil(rnd, float64(rnd.IntN(20))/2),
		}}
		if i%9 == 0 {
			item.Group = []int64{item.Result.UserID, ids[1001000+int64((i+1)%7)]}
		}
		for j := range 5 {
			if rnd.IntN(8) == 0 {
				continue
			}
			outcome := []db.StepOutcome{db.OutcomePass, db.OutcomePass, db.OutcomeFail, db.OutcomeSkip}[rnd.IntN(4)]
			item.Steps = append(item.Steps, &db.Step{
				Position: j, TaskID: fmt.Sprintf("task%d", j), StepID: fmt.Sprintf("task%d", j), Accepted: outcome == db.OutcomePass, Outcome: &outcome,
				Hidden: rnd.IntN(9) == 0, Score: orNil(rnd, float64(rnd.IntN(5))/2), MaxScore: orNil(rnd, 2.0+float64(j/4*rnd.IntN(2))),
			})
		}
		item.Steps = append(item.Steps, &db.Step{Position: 9, TaskID: "finalize", StepID: "finalize", Accepted: accepted, Score: new(5.0)})
		items = append(items, item)
	}
	if _, err := ingest.UpsertResults(t.Context(), s, items, at); err != nil {
		t.Fatal(err)
	}
}

// TestAnalysesOfManyAssignments checks that one statement reads an analysis of all assignments of a course.
func TestAnalysesOfManyAssignments(t *testing.T) {
	for _, field := range []string{"itemAnalysis { n }", "attemptsUntilPass { notPassed }", "transitions { taskId }"} {
		s := dbtest.NewSQLite(t)
		c := newCourseFixture(t, s, 1001, 3, "one")
		count := func() int64 {
			server := startSlowServer(t, s)
			client := server.withKey(t, s, c.course.MomotorID)
			before := server.statements.Load()
			var reply any
			client.query(t, `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignments { nodes { `+field+` } } } } }`, nil, &reply)
			return server.statements.Load() - before
		}
		one := count()
		for i := range int64(4) {
			if _, err := ingest.UpsertAssignment(t.Context(), s, &db.Assignment{CourseID: c.course.MomotorID, CanvasID: 2000 + i, Name: "more"}, nil, nil, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if many := count(); many != one {
			t.Errorf("%s of five assignments takes %d statements, and of one %d", field, many, one)
		}
	}
}

// TestAnalysisInput checks the errors of invalid arguments.
func TestAnalysisInput(t *testing.T) {
	s := dbtest.NewSQLite(t)
	c := newCourseFixture(t, s, 1001, 3, "one")
	servers, caller := newServers(t, s), callers(t, s, c, c)["reviewer"]
	for _, field := range []string{
		"itemAnalysis { coFailures(first: -1) { taskId } }", "itemAnalysis { coFailures(first: 1001) { taskId } }",
		`itemAnalysis(asOf: "2100-01-01T00:00:00Z") { n }`, "itemAnalysis(pick: LATEST, filter: {latest: true}) { n }",
		`transitions(asOf: "2100-01-01T00:00:00Z") { taskId }`, `attemptsUntilPass(asOf: "2100-01-01T00:00:00Z") { notPassed }`,
	} {
		body, _ := execute(t, servers.fast, caller, `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) { `+field+` } } } }`)
		if !strings.Contains(string(body), `"code":"BAD_USER_INPUT"`) {
			t.Errorf("%s is answered with %s", field, body)
		}
	}
}
