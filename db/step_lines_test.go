package db_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// An item analysis of results whose recipes differ has all tasks with their scores, in the order of their first
// places. The ids of tasks may have line breaks and the characters of numbers and lists.
func TestTasksOfDifferentRecipes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		successive, others := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1)
		successive.Steps = []*db.Step{scoredStep(0, 0, "z", 1), scoredStep(1, 0, "y\n,\"1 2", 2), scoredStep(2, 0, "x", 3)}
		others.Steps = []*db.Step{scoredStep(0, 0, "z", 1), scoredStep(1, 0, "w.0", 4), scoredStep(1, 1, "w.1", 5), scoredStep(7, 0, "a", 6)}
		fx.UpsertResults(t, s, successive, others)
		key := query.Key{fx.Course.MomotorID, fx.PublishedAssignment.MomotorID, fx.PublishedAssignment.CanvasID}
		analyses, err := db.NewItemAnalysis(db.ItemAnalysisOptions{LeaveOutSkipped: true}).Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{key})
		if err != nil {
			t.Fatal(err)
		}
		var tasks []string
		var means []float64
		for _, item := range analyses[0].Items {
			tasks, means = append(tasks, item.TaskID), append(means, *item.Mean)
		}
		if want := []string{"z", "w.0", "y\n,\"1 2", "w.1", "x", "a"}; !slices.Equal(tasks, want) {
			t.Errorf("the tasks are %q, want %q", tasks, want)
		}
		if want := []float64{1, 4, 2, 5, 3, 6}; !slices.Equal(means, want) {
			t.Errorf("the means are %v, want %v", means, want)
		}
	})
}

// The character that separates ids is not mistaken for a separator in an id, which an export can have.
func TestSeparatorInTaskID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
		item.Steps = []*db.Step{scoredStep(0, 0, "a\x1fb", 1), scoredStep(1, 0, "c", 2)}
		fx.UpsertResults(t, s, item)
		key := query.Key{fx.Course.MomotorID, fx.PublishedAssignment.MomotorID, fx.PublishedAssignment.CanvasID}
		_, err := db.NewItemAnalysis(db.ItemAnalysisOptions{}).Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{key})
		if err == nil || !strings.Contains(err.Error(), "U+001F") {
			t.Errorf("got the error %v, want one that names U+001F", err)
		}
	})
}

// scoredStep returns a step with a score.
func scoredStep(position, task int, id string, score float64) *db.Step {
	return &db.Step{Position: position, Task: task, TaskID: id, StepID: id, Score: &score, MaxScore: new(10.0)}
}
