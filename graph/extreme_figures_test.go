package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// Figures of no results are 0, null or empty, and the figures of the largest and smallest numbers that are stored
// do not overflow: on both databases, on both paths.
func TestExtremeFigures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		caller := &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: fx.Course.MomotorID, Roles: access.Teacher}}}
		numbers := "{ count sum mean standardDeviation standardDeviationPopulation min max median percentiles(ps: [0.25]) histogram(bins: 2) { edges counts below above } }"
		none := `{"count":0,"sum":null,"mean":null,"standardDeviation":null,"standardDeviationPopulation":null,"min":null,"max":null,"median":null,"percentiles":null,"histogram":{"edges":null,"counts":[0,0],"below":0,"above":0}}`
		course := `{ account(canvasGuid: "guid") { course(canvasId: 1001) { %s } } }`
		expectAnswers(t, s, caller, course, map[string]string{
			"results(first: 0) { stats { count students accepted passRate score " + numbers + " attempts " + numbers + " } }":   `{"count":0,"students":0,"accepted":0,"passRate":null,"score":` + none + `,"attempts":` + none + `}`,
			"results { stats { scorePercent { histogram(bins: 1) { edges counts } } } }":                                        `{"edges":[0.0,100.0],"counts":[0]}`,
			"results(filter: {state: []}) { stats { count } groups(by: [DAY]) { nodes { key { day } } totalCount truncated } }": `{"stats":{"count":0},"groups":{"nodes":[],"totalCount":0,"truncated":false}}`,
			"stepStats { taskId }": `"stepStats":[]`, "activity { count }": `"activity":[]`,
			"assignment(canvasId: 501) { itemAnalysis { n mean standardDeviation alpha skewness items { taskId } coFailures { taskId } } }": `{"n":0,"mean":null,"standardDeviation":null,"alpha":null,"skewness":null,"items":[],"coFailures":[]}`,
			"assignment(canvasId: 501) { attemptsUntilPass { buckets { attempts } notPassed } transitions { taskId } }":                     `{"attemptsUntilPass":{"buckets":[],"notPassed":0},"transitions":[]}`,
		})

		extremes := []float64{db.MaxNumber, -db.MaxNumber, db.MinNumber, -db.MinNumber, 0}
		var items []*ingest.ResultItem
		for i, score := range extremes {
			for k, u := range []*db.User{fx.Anna, fx.Bob, fx.Carl} {
				items = append(items, dbtest.Modify(dbtest.Result(fx.PublishedAssignment, u, i+1), func(item *ingest.ResultItem) {
					item.Result.Score, item.Result.ScoreReviewer, item.Result.IsLate, item.Result.SecondsLate = &score, &score, true, new(db.MaxNumber)
					for j := range 3 {
						outcome := []db.StepOutcome{db.OutcomePass, db.OutcomeFail}[(i+j)%2]
						item.Steps = append(item.Steps, &db.Step{
							Position: j + 10, StepID: "x", TaskID: fmt.Sprint("x.", j), Outcome: &outcome, Accepted: outcome == db.OutcomePass,
							Score: &extremes[(i+j)%len(extremes)], MaxScore: &extremes[(i+k)%len(extremes)],
						})
					}
				}))
			}
		}
		fx.UpsertResults(t, s, items...)
		figures := "{ count passRate score " + numbers + " scorePercent " + numbers + " secondsLate " + numbers + " }"
		for _, selection := range []string{
			"results(pick: ALL) { nodes { maxScore scorePercent } stats " + figures + " }",
			"results(pick: ALL, orderBy: {field: SCORE_PERCENT}, filter: {scorePercentFrom: -1e308, scorePercentTo: 1e308}) { nodes { attempt } stats { count } }",
			"results(pick: BEST) { stats " + figures + " groups(by: [SCORE_BAND], scoreBandWidth: 0.001, orderBy: {field: MEAN_SCORE}) { nodes { key { scoreBand { from to } } stats " + figures + " } } }",
			"results(pick: ALL) { stats { score { a: histogram(from: -1e100, bins: 100) { edges counts } b: histogram(to: 1e100) { edges counts } c: histogram(from: -1e100, to: 1e100) { edges counts below above } } } }",
			"stepStats(pick: ALL) { taskId facility passRate score " + numbers + " }",
			"assignment(canvasId: 501) { itemAnalysis(pick: ALL) { n mean alpha skewness kurtosis items { mean facility discrimination effectiveWeight alphaIfDropped } } }",
		} {
			servers := newServers(t, s)
			fast, _ := execute(t, servers.fast, caller, fmt.Sprintf(course, selection))
			slow, _ := execute(t, servers.slow, caller, fmt.Sprintf(course, selection))
			if string(fast) != string(slow) || strings.Contains(string(fast), `"errors"`) || strings.Contains(string(fast), "Inf") || strings.Contains(string(fast), "NaN") {
				t.Errorf("%s = %s\nand %s, want the same figures", selection, fast, slow)
			}
		}
	})
}

// Figures reject times in the future and unknown time zones like lists.
func TestTimesOfFigures(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	one := newCourseFixture(t, s, 1001, 2, "one")
	servers := newServers(t, s)
	const future = `asOf: "2100-01-01T00:00:00Z"`
	for figure, want := range map[string]string{
		"results(" + future + ") { stats { count } }":                                              "must not be in the future",
		"stepStats(" + future + ") { count }":                                                      "must not be in the future",
		"activity(" + future + ") { count }":                                                       "must not be in the future",
		`activity(timeZone: "Mars/Olympus") { count }`:                                             "IANA",
		`activity(timeZone: "") { count }`:                                                         "IANA",
		`activity(filter: {timeZone: "local"}) { count }`:                                          "IANA",
		"stepStats(pick: FIRST, filter: {latest: true}) { count }":                                 "not both",
		"assignment(canvasId: 1501) { itemAnalysis(" + future + ") { n } }":                        "must not be in the future",
		"assignment(canvasId: 1501) { transitions(" + future + ") { taskId } }":                    "must not be in the future",
		"stepStats { score { percentiles(ps: [1.1]) } }":                                           "from 0 to 1",
		"stepStats { score { histogram(bins: 1000000000) { counts } } }":                           "from 1 to 100",
		"results { groups(by: [DAY]) { nodes { stats { score { percentiles(ps: [-1e-9]) } } } } }": "from 0 to 1",
	} {
		op := `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { ` + figure + ` } } }`
		for _, server := range []*graph.Server{servers.fast, servers.slow} {
			if body, _ := execute(t, server, reviewerOf(one), op); !strings.Contains(string(body), want) || !strings.Contains(string(body), `"BAD_USER_INPUT"`) {
				t.Errorf("%s = %s, want BAD_USER_INPUT with %q", figure, body, want)
			}
		}
	}
}
