package graph_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// The figures of a list equal those that are computed from the nodes of the list, for random results,
// filters and callers.
func TestFiguresOfRandomLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newCourseFixture(t, s, 1001, 7, "one"), newCourseFixture(t, s, 1002, 4, "two")
		addVariedResults(t, s, one)
		rnd := rand.New(rand.NewPCG(3, 4))
		addRandomResults(t, s, one, rnd)
		server := newServers(t, s).fast
		callersByName := callers(t, s, one, two)
		delete(callersByName, "figures only") // may not read the nodes
		nonEmpty := 0
		for range 60 {
			name := slices.Sorted(maps.Keys(callersByName))[rnd.IntN(len(callersByName))]
			list, groups := randomList(rnd), randomGroupRequest(rnd)
			op := fmt.Sprintf(`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { %s } } }`, fmt.Sprintf(list, resultFields+statsFields+groups.field())) + numbersFragment
			body, path := execute(t, server, callersByName[name], op)
			var answer struct {
				Data struct {
					Account *struct{ Course *figuresCourse }
				}
				Errors json.RawMessage
			}
			if err := json.Unmarshal(body, &answer); err != nil || answer.Errors != nil || path != "fast" {
				t.Fatalf("%s requests %s on the path %s: %.2000s", name, op, path, body)
			}
			if answer.Data.Account == nil || answer.Data.Account.Course == nil {
				continue
			}
			for _, results := range answer.Data.Account.Course.lists() {
				nonEmpty += min(1, len(results.Nodes))
				if diff := diffStats(results.Stats, results.Nodes); diff != "" {
					t.Errorf("%s requests %s\n%s\nof the nodes %+v", name, op, diff, results.Nodes)
				}
				if diff := groups.diff(results.Groups, results.Nodes); diff != "" {
					t.Errorf("%s requests %s\n%s\nof the nodes %+v", name, op, diff, results.Nodes)
				}
			}
		}
		if nonEmpty < 30 {
			t.Errorf("%d lists had results, want at least 30", nonEmpty)
		}
	})
}

// Figures are about the latest attempts by default, whatever the filter is and whichever attempts the list has.
func TestPickOfFigures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Anna, 2), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1))
		caller := &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: access.Teacher}}}
		results := map[string]string{"course": "results%s", "assignment": "assignment(canvasId: 501) { results%s }", "section": "sections { results%s }"}
		for name, list := range results {
			listed := 2
			if name == "course" {
				listed = 3
			}
			counts := func(listed, latest int) string {
				return fmt.Sprintf(`{"totalCount":%d,"stats":{"count":%[2]d},"groups":{"nodes":[{"stats":{"count":%[2]d}}]}}`, listed, latest)
			}
			op := `{ account(canvasGuid: "guid") { course(canvasId: 1001) { ` + strings.Replace(list, "%s", "%s { totalCount stats { count } groups(by: STATE) { nodes { stats { count } } } }", 1) + ` } } }`
			expectAnswers(t, s, caller, op, map[string]string{
				"": counts(listed, 2), "(filter: {late: false})": counts(listed, 2), "(filter: {state: DONE}, pick: null)": counts(listed, 2),
				"(pick: LATEST)": counts(2, 2), "(pick: FIRST)": counts(2, 2), "(pick: ALL)": counts(3, 3),
				"(filter: {latest: null})": counts(listed, 2), "(filter: {latest: false})": counts(1, 1), "(filter: {latest: true})": counts(2, 2),
				`(filter: {attempt: 1})`: counts(listed-1, 1), `(asOf: "2026-03-01T12:00:00Z")`: `"stats":{"count":0}`,
			})
		}
		expectAnswers(t, s, caller, `{ account(canvasGuid: "guid") { course(canvasId: 1001) { %s } } }`, map[string]string{
			"activity(by: WEEK) { count }": `[{"count":3}]`, "activity(by: WEEK, pick: LATEST) { count }": `[{"count":2}]`,
			"activity(by: WEEK, filter: {latest: true}) { count }": `[{"count":2}]`,
			"stepStats { count }": `[{"count":2}`, "stepStats(pick: ALL) { count }": `[{"count":3}`, "stepStats(filter: {latest: false}) { count }": `[{"count":1}`,
			"assignment(canvasId: 501) { itemAnalysis(criterion: RESULT_SCORE) { n } }": `{"n":2}`, "assignment(canvasId: 501) { itemAnalysis(criterion: RESULT_SCORE, pick: ALL) { n } }": `{"n":3}`,
		})
	})
}

// Arguments of figures that make no sense are bad input, and the message says what is expected.
func TestArgumentsOfFigures(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 2, "one")
	servers := newServers(t, s)
	for figure, want := range map[string]string{
		"}} groups(by: []) { totalCount":                                  "from 1 to 3",
		"}} groups(by: [DAY, WEEK, USER, STATE]) { totalCount":            "from 1 to 3",
		"}} groups(by: [DAY, DAY]) { totalCount":                          "twice",
		"}} groups(by: [REVISION]) { totalCount":                          "ASSIGNMENT",
		"}} groups(by: [DAY], scoreBandWidth: 0) { totalCount":            "from 0.001",
		"}} groups(by: [DAY], scoreBandWidth: -1) { totalCount":           "from 0.001",
		"}} groups(by: [DAY], first: 1001) { totalCount":                  "at most 1000 items",
		"}} groups(by: [DAY], first: -1) { totalCount":                    "from 0 to 1000",
		`}} groups(by: [DAY], timeZone: "Mars/Olympus") { totalCount`:     "IANA",
		"}} groups(by: [DAY]) { nodes { key { week } }":                   "WEEK",
		"}} groups(by: [DAY]) { nodes { key { section { name } } }":       "SECTION",
		"}} groups(by: [DAY]) { nodes { key { scoreBand { from } } }":     "SCORE_BAND",
		"score { percentiles(ps: [0.5, 1.5]) }":                           "from 0 to 1",
		"score { percentiles(ps: [-0.1]) }":                               "from 0 to 1",
		"score { percentiles(ps: []) }":                                   "from 1 to 100",
		"score { percentiles(ps: [0" + strings.Repeat(",0", 100) + "]) }": "from 1 to 100",
		"score { histogram(bins: 0) { counts } }":                         "from 1 to 100",
		"score { histogram(bins: 101) { edges } }":                        "from 1 to 100",
		"score { histogram(bins: -1) { below } }":                         "from 1 to 100",
		"score { histogram(from: 2, to: 2) { above } }":                   "less than",
		"score { histogram(from: 3, to: 2) { counts } }":                  "less than",
		"score { histogram(to: 1e101) { counts } }":                       "1e100",
	} {
		op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { results { stats { ` + figure + ` } } } } }`
		op = strings.Replace(op, "stats { }}", "stats { count }", 1)
		for _, server := range []*graph.Server{servers.fast, servers.slow} {
			body, _ := execute(t, server, reviewerOf(one), op)
			if !strings.Contains(string(body), want) || !strings.Contains(string(body), `"BAD_USER_INPUT"`) {
				t.Errorf("%s = %s, want BAD_USER_INPUT with %q", figure, body, want)
			}
		}
	}
}

// Null stands for the default of an argument of groups.
func TestDefaultsOfGroups(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 2, "one")
	servers := newServers(t, s)
	bodies := map[string]bool{}
	for _, arguments := range []string{"", ", first: null, scoreBandWidth: null, timeZone: null", `, first: 100, scoreBandWidth: 10, timeZone: "UTC"`} {
		op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { results { groups(by: [SCORE_BAND, DAY]` + arguments + `) {
			totalCount nodes { key { scoreBand { from to } day } stats { count } } } } } } }`
		for _, server := range []*graph.Server{servers.fast, servers.slow} {
			body, _ := execute(t, server, reviewerOf(one), op)
			bodies[string(body)] = true
		}
	}
	if len(bodies) != 1 {
		t.Errorf("got %d different responses, want one: %v", len(bodies), bodies)
	}
	for body := range bodies {
		if !strings.Contains(body, `"count":`) {
			t.Errorf("%s has no groups", body)
		}
	}
}

// A selection is random arguments of lists and figures of results. The pick is "" for the default.
type selection struct{ filter, asOf, pick string }

func randomSelection(rnd *rand.Rand) selection {
	conditions := [][]string{
		{"state: [DONE]", "state: [DONE, QUEUED, PROCESSING]"}, {"accepted: true", "accepted: false"}, {"hasError: false"}, {"late: true"},
		{"sectionCanvasId: 10010"}, {"userCanvasId: 1001001"}, {"attempt: 2"},
		{`submittedFrom: "2026-03-29T00:00:00Z"`, `processedBefore: "2026-04-01T12:00:00Z"`}, {"changedSince: 10"},
	}
	var filter []string
	for _, i := range rnd.Perm(len(conditions))[:rnd.IntN(3)] {
		filter = append(filter, conditions[i][rnd.IntN(len(conditions[i]))])
	}
	sel := selection{filter: "filter: {" + strings.Join(filter, ", ") + "}", pick: []string{"", "LATEST", "FIRST", "BEST", "ALL"}[rnd.IntN(5)]}
	if rnd.IntN(3) == 0 {
		sel.asOf = `asOf: "2026-04-05T00:00:00Z"`
	}
	return sel
}

// arguments returns the arguments with the pick or a default.
func (sel selection) arguments(byDefault string) string {
	pick := cmp.Or(sel.pick, byDefault)
	if pick != "" {
		pick = "pick: " + pick
	}
	return strings.Join([]string{sel.filter, sel.asOf, pick}, " ")
}

// withPick returns the arguments with another pick.
func (sel selection) withPick(pick string) string {
	sel.pick = pick
	return sel.arguments("")
}

// randomList returns a field of a course with a list of results, and with %s in place of its selection.
func randomList(rnd *rand.Rand) string {
	selection := randomSelection(rnd)
	list := fmt.Sprintf("results(first: 1000, %s) { %%s }", selection.arguments(""))
	switch rnd.IntN(4) {
	case 0: // by default the figures are not about all results of the list: see TestPickOfFigures
		return fmt.Sprintf("results(first: 1000, %s) { %%s }", selection.arguments("LATEST"))
	case 1:
		return fmt.Sprintf("user(canvasId: %d) { %s }", 1001000+rnd.IntN(7), list)
	}
	return "assignments { nodes { " + list + " } }"
}

const (
	resultFields = `nodes { state accepted hasError isLate attempt score scorePercent secondsLate queuedAt startedAt processedAt user { canvasId } group { canvasId }
		revision submittedAt sectionCanvasIds assignment { canvasId } } `
	statsFields = `stats { count students paused queued processing processed accepted rejected error late passRate
		score { ...numbers } secondsLate { ...numbers } scorePercent { ...percentages } attempts { ...numbers } waitSeconds { ...numbers } durationSeconds { ...numbers } } `
	numbersFragment = `fragment numbers on NumberStats {
		count sum mean standardDeviation standardDeviationPopulation min max median percentiles(ps: [0, 0.1, 0.75, 1])
		histogram(bins: 4) { edges counts below above } bounded: histogram(from: 0, to: 8, bins: 3) { edges counts below above }
		from: histogram(from: 3) { edges counts below above } }
		fragment percentages on NumberStats { count sum min max histogram { edges counts below above } from: histogram(from: -50, bins: 3) { edges counts below above } }`
)

// addRandomResults adds results of the students of a course to two more assignments, some of groups. A
// student can be in two sections, or in none.
func addRandomResults(t *testing.T, s *db.Store, c *courseFixture, rnd *rand.Rand) {
	t.Helper()
	ctx, course, at := t.Context(), c.course.MomotorID, time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC)
	ids, err := s.UserIDs(ctx, c.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	section := &db.Section{AccountID: c.account.MomotorID, CourseID: course, CanvasID: 10019, Name: "second"}
	if _, err := ingest.UpsertSections(ctx, s, []*db.Section{section}); err != nil {
		t.Fatal(err)
	}
	for i, canvasID := range []int64{1502, 1503} {
		a := &db.Assignment{CourseID: course, CanvasID: canvasID, Name: fmt.Sprint("random ", i), Published: i == 0}
		if _, err := ingest.UpsertAssignment(ctx, s, a, bundleFile("random.zip"), bundleFile("random.xml"), at); err != nil {
			t.Fatal(err)
		}
		var items []*ingest.ResultItem
		for user := range int64(7) {
			for attempt := range rnd.IntN(5) {
				items = append(items, randomResult(rnd, course, a.MomotorID, ids[1001000+user], attempt+1, at))
				if rnd.IntN(4) == 0 {
					items[len(items)-1].Group = []int64{ids[1001000+user], ids[1001000+(user+1+rnd.Int64N(6))%7]}
				}
			}
		}
		if _, err := ingest.UpsertResults(ctx, s, items, at); err != nil {
			t.Fatal(err)
		}
	}
	var second []*db.Enrollment
	for user := range int64(3) {
		second = append(second,
			&db.Enrollment{CourseID: course, UserID: ids[1001000+user], Role: db.RoleStudent, SectionID: &section.MomotorID},
			&db.Enrollment{CourseID: course, UserID: ids[1001000+user], Role: db.RoleTA, SectionID: &section.MomotorID})
	}
	if _, err := ingest.InsertEnrollments(ctx, s, second); err != nil {
		t.Fatal(err)
	}
}

func randomResult(rnd *rand.Rand, course, assignment, user int64, attempt int, at time.Time) *ingest.ResultItem {
	submitted := at.Add(time.Duration(rnd.IntN(2e7)) * time.Second / 10)
	queued := submitted.Add(time.Duration(rnd.IntN(1e9)) * time.Microsecond)
	started := queued.Add(time.Duration(rnd.IntN(1e8)) * time.Microsecond)
	var steps []*db.Step
	for i := range rnd.IntN(5) {
		outcome := []db.StepOutcome{db.OutcomePass, db.OutcomePass, db.OutcomeFail, db.OutcomeSkip, db.OutcomeError}[rnd.IntN(5)]
		steps = append(steps, &db.Step{
			Position: i / 2, Task: i % 2, TaskID: fmt.Sprint("run.", i), StepID: "run", Outcome: orNil(rnd, outcome), Accepted: rnd.IntN(2) == 0,
			HasError: orNil(rnd, rnd.IntN(3) == 0), Secret: orNil(rnd, rnd.IntN(4) == 0), Hidden: rnd.IntN(5) == 0,
			Score: orNil(rnd, float64(rnd.IntN(9))/4), MaxScore: orNil(rnd, 2.0),
		})
	}
	return &ingest.ResultItem{Steps: steps, Result: db.Result{
		CourseID: course, AssignmentID: assignment, UserID: user, Attempt: attempt, IsLate: rnd.IntN(3) == 0,
		State:       []db.ResultState{db.StatePaused, db.StateQueued, db.StateDone, db.StateDone, db.StateDone}[rnd.IntN(5)],
		SubmittedAt: submitted, QueuedAt: orNil(rnd, queued), StartedAt: orNil(rnd, started), ProcessedAt: orNil(rnd, started.Add(time.Minute)),
		Accepted: orNil(rnd, rnd.IntN(2) == 0), HasError: orNil(rnd, rnd.IntN(4) == 0), Secret: orNil(rnd, rnd.IntN(4) == 0),
		Score: orNil(rnd, float64(rnd.IntN(21))/2), ScoreReviewer: orNil(rnd, float64(rnd.IntN(11))),
	}}
}
