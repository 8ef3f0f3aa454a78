package graph_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/importer"
	"github.com/momotor/resultgraph/internal/stats/statstest"
)

// TestPublishedExamples imports published examples of item analysis as results of assignments, and reads
// their published figures, on both paths.
func TestPublishedExamples(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		examples := statstest.Examples(t)
		importExamples(t, s, examples)
		var course int64
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT id FROM course").Scan(&course); err != nil {
			t.Fatal(err)
		}
		for _, server := range []*client{startServer(t, s), startSlowServer(t, s)} {
			c := server.withKey(t, s, course)
			for i, e := range examples {
				checkExample(t, c, int64(i+1), e)
				if e.ScoreCounts != nil {
					checkScoreCounts(t, c, int64(i+1), e)
				}
			}
		}
	})
}

// importExamples imports each example as the results of an assignment of course 1, whose Canvas id is
// the number of the example.
func importExamples(t *testing.T, s *db.Store, examples []statstest.Example) {
	t.Helper()
	var manifest strings.Builder
	line := func(fields map[string]any) {
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		manifest.Write(append(text, '\n'))
	}
	line(map[string]any{"type": "account", "canvas_guid": "guid", "base_url": "https://canvas.example", "name": "Examples"})
	line(map[string]any{"type": "course", "account": "guid", "canvas_id": 1, "code": "E", "name": "Examples", "active": true, "valid": true, "readonly": false})
	users := 0
	for i, e := range examples {
		line(map[string]any{"type": "assignment", "account": "guid", "course": 1, "canvas_id": i + 1, "name": e.Name, "active": true, "published": true, "paused": false})
		for row := range e.Marks[0] {
			if row == users {
				users++
				line(map[string]any{"type": "user", "account": "guid", "canvas_id": users, "name": "Student", "sortable_name": "Student"})
			}
			line(exampleResult(e, i+1, row))
		}
	}
	im := &importer.Importer{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	report, err := im.Run(t.Context(), fstest.MapFS{importer.Manifest: &fstest.MapFile{Data: []byte(manifest.String())}})
	if err != nil || len(report.Rejections) > 0 {
		t.Fatalf("import: %v, %v", err, report.Rejections)
	}
}

// exampleResult returns a line of the manifest with a result. It has a finalize step, which is no item.
func exampleResult(e statstest.Example, assignment, row int) map[string]any {
	total, steps := 0.0, [][]map[string]any{}
	for item, marks := range e.Marks {
		total += marks[row]
		steps = append(steps, []map[string]any{{"id": e.Items[item], "accepted": marks[row] == e.Max[item], "score": marks[row], "max_score": e.Max[item]}})
	}
	if e.Totals != nil {
		total = e.Totals[row]
	}
	steps = append(steps, []map[string]any{{"id": "finalize", "accepted": true, "score": total, "max_score": 100}})
	return map[string]any{
		"type": "result", "account": "guid", "course": 1, "assignment": assignment, "user": row + 1, "attempt": 1, "submitted_at": "2026-03-01T12:00:00Z",
		"is_late": false, "state": "done", "accepted": true, "score": total, "steps": steps,
	}
}

// checkExample compares the item analysis of an assignment with the figures of an example.
func checkExample(t *testing.T, c *client, assignment int64, e statstest.Example) {
	t.Helper()
	criterion := "STEP_SUM"
	if e.Totals != nil {
		criterion = "RESULT_SCORE"
	}
	var reply struct {
		Account struct {
			Course struct {
				Assignment struct{ ItemAnalysis map[string]any }
			}
		}
	}
	c.query(t, `query($assignment: BigInt!) { account(canvasGuid: "guid") { course(canvasId: 1) { assignment(canvasId: $assignment) {
		itemAnalysis(criterion: `+criterion+`) {
			n mean standardDeviation standardDeviationPopulation alpha standardError skewness kurtosis
			items { taskId facility standardDeviation effectiveWeight discrimination discriminativeEfficiency pointBiserial alphaIfDropped }
		} } } } }`, map[string]any{"assignment": assignment}, &reply)
	analysis := reply.Account.Course.Assignment.ItemAnalysis
	items, _ := analysis["items"].([]any)
	if len(items) != len(e.Items) {
		t.Fatalf("%s has %d items, want %d", e.Name, len(items), len(e.Items))
	}
	for _, want := range e.Figures {
		object, name := analysis, fmt.Sprint(e.Name, ": ", want.Name)
		if want.Item != statstest.Whole {
			object, _ = items[want.Item].(map[string]any)
			name += fmt.Sprint(" of ", object["taskId"])
			if object["taskId"] != e.Items[want.Item] {
				t.Errorf("item %d of %s is %v, want %s", want.Item, e.Name, object["taskId"], e.Items[want.Item])
			}
		}
		if got, ok := object[want.Name].(float64); !ok || math.Abs(got-want.Value) > want.Tolerance {
			t.Errorf("%s is %v, want %v", name, object[want.Name], want.Value)
		}
	}
}

// checkScoreCounts compares the bins of a histogram and the groups by score with published numbers.
func checkScoreCounts(t *testing.T, c *client, assignment int64, e statstest.Example) {
	t.Helper()
	var reply struct {
		Account struct {
			Course struct {
				Assignment struct {
					Results struct {
						Stats struct {
							Score struct{ Histogram struct{ Counts []int64 } }
						}
						Groups struct {
							Nodes []struct {
								Key   struct{ ScoreBand struct{ From float64 } }
								Stats struct{ Count int64 }
							}
						}
					}
				}
			}
		}
	}
	bins := len(e.ScoreCounts)
	c.query(t, `query($assignment: BigInt!, $bins: Int!, $to: Float!) { account(canvasGuid: "guid") { course(canvasId: 1) { assignment(canvasId: $assignment) {
		results(first: 0) {
			stats { score { histogram(bins: $bins, from: 0, to: $to) { counts } } }
			groups(by: [SCORE_BAND], scoreBandWidth: 1) { nodes { key { scoreBand { from } } stats { count } } }
		} } } } }`, map[string]any{"assignment": assignment, "bins": bins, "to": bins}, &reply)
	results := reply.Account.Course.Assignment.Results
	if got := results.Stats.Score.Histogram.Counts; !slices.Equal(got, e.ScoreCounts) {
		t.Errorf("the histogram of %s has %v, want %v", e.Name, got, e.ScoreCounts)
	}
	var grouped []int64
	for i, g := range results.Groups.Nodes {
		if grouped = append(grouped, g.Stats.Count); g.Key.ScoreBand.From != float64(i) {
			t.Errorf("group %d of %s begins at %v", i, e.Name, g.Key.ScoreBand.From)
		}
	}
	if !slices.Equal(grouped, e.ScoreCounts) {
		t.Errorf("the groups of %s have %v, want %v", e.Name, grouped, e.ScoreCounts)
	}
}
