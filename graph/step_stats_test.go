package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// The figures about tasks and the activity equal those that are computed from the results and their steps.
func TestStepStatsAndActivity(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newCourseFixture(t, s, 1001, 7, "one"), newCourseFixture(t, s, 1002, 4, "two")
		rnd := rand.New(rand.NewPCG(5, 6))
		addRandomResults(t, s, one, rnd)
		servers := newServers(t, s)
		callersByName := callers(t, s, one, two)
		delete(callersByName, "figures only") // may not read the nodes
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			name := slices.Sorted(maps.Keys(callersByName))[rnd.IntN(len(callersByName))]
			selection, byRevision := randomSelection(rnd), rnd.IntN(2) == 0
			nodes := "nodes { attempt submittedAt revision user { canvasId } group { canvasId } steps { taskId stepId outcome accepted hasError score maxScore } } "
			picked, all := selection.arguments("LATEST"), selection.withPick("ALL")
			op := fmt.Sprintf(`{ account(canvasGuid: "guidone") { course(canvasId: 1001) {
				activity(by: DAY, timeZone: "America/New_York", %s) { start date count students } all: results(first: 1000, %s) { %s }
				stepStats(byRevision: %v, %s) { assignment { canvasId } }
				assignments { nodes { canvasId stepStats(byRevision: %v, %s) { %s } picked: results(first: 1000, %s) { %s } all: results(first: 1000, %s) { %s } } } } } }`,
				all, all, nodes, byRevision, picked, byRevision, picked, stepFields+map[bool]string{true: " revision"}[byRevision], picked, nodes, all, nodes)
			body, path := execute(t, servers.fast, callersByName[name], op)
			var answer struct {
				Data struct {
					Account *struct {
						Course *struct {
							Activity    []activityBucket
							All         figuresList
							StepStats   []struct{ Assignment struct{ CanvasID int64 } }
							Assignments struct {
								Nodes []struct {
									CanvasID    int64
									StepStats   []map[string]any
									Picked, All figuresList
								}
							}
						}
					}
				}
				Errors json.RawMessage
			}
			if err := json.Unmarshal(body, &answer); err != nil || answer.Errors != nil || path != "fast" {
				t.Fatalf("%s requests %s on the path %s: %.2000s", name, op, path, body)
			}
			if answer.Data.Account == nil || answer.Data.Account.Course == nil {
				continue
			}
			course := answer.Data.Account.Course
			if want := naiveActivity(course.All.Nodes, zone); !slices.Equal(course.Activity, want) {
				t.Errorf("%s requests %s\nactivity %v\nwant %v", name, op, course.Activity, want)
			}
			var assignments []int64 // of the tasks, in the order of the figures of the course
			for _, a := range course.Assignments.Nodes {
				for range a.StepStats {
					assignments = append(assignments, a.CanvasID)
				}
				if diff := diffSteps(a.StepStats, naiveSteps(a.Picked.Nodes, a.All.Nodes, byRevision)); diff != "" {
					t.Errorf("%s requests %s\n%s\nof %+v", name, op, diff, a.Picked.Nodes)
				}
			}
			for i, row := range course.StepStats {
				if len(course.StepStats) != len(assignments) || row.Assignment.CanvasID != assignments[i] {
					t.Fatalf("%s requests %s: the tasks of the course belong to %v, want %v", name, op, course.StepStats, assignments)
				}
			}
		}
	})
}
