package bundle

import (
	"slices"
	"strings"
	"testing"
)

func TestAssessFixture(t *testing.T) {
	t.Parallel()
	a := Assess(openFixture(t, "result-full.zip").Results(), openFixture(t, "recipe.xml").Recipe())
	if a.Accepted || a.HasError || a.Secret || *a.Score != 5 || *a.ScoreReviewer != 5.5 || a.Label != "Rejected" || *a.Summary != "1 of 2 tests failed" {
		t.Errorf("Assess = %+v, want rejected with 5 of the learner, 5.5 of the reviewer", a)
	}
	if got, want := taskIDs(a), "check-files | run.0 run.1 | finalize | late-check"; got != want {
		t.Errorf("Assess steps = %s, want %s", got, want)
	}
	run1 := a.Steps[1][1]
	if run1.Accepted || run1.HasError || !run1.Secret || run1.Hidden || run1.Label != "Run test 1" || *run1.Score != 0.5 || *run1.MaxScore != 5 || *run1.Summary != "Wrong answer" {
		t.Errorf("Assess run.1 = %+v, want a secret failure with 0.5 of 5", run1)
	}
	if late := a.Steps[3][0]; late.Label != "late-check" || late.Score != nil || late.Summary != nil || late.Outcome != OutcomeSkip {
		t.Errorf("Assess late-check = %+v, want a skipped step named for its id", late)
	}
	for _, tt := range []struct{ got, want string }{
		{string(a.Steps[0][0].Details), `{"outcome":"pass","status":"OK","report":["<p>1 file\nreceived</p>"],"hidden":false,"warnings":[],"files":[],"properties":{}}`},
		{string(a.Steps[1][0].Details), `{"outcome":"pass","report":[],"max_score":5.0,"hidden":false,"warnings":[],"files":[{"name":"out.txt","class":"output","path":"result/run.0/out.txt","size":6}],"properties":{}}`},
		{string(run1.Details), `{"outcome":"fail","reason":"Wrong answer","report":["<b>diff</b>"],"max_score":5.0,"hidden":false,"warnings":[],"files":[],"properties":{}}`},
		{string(a.Steps[2][0].Details), `{"outcome":"fail","reason":"1 of 2 tests failed","report":[],"hidden":false,"warnings":[],"files":[],"properties":{}}`},
		{string(a.Steps[3][0].Details), `{"outcome":"skip","report":[],"hidden":false,"warnings":[],"files":[],"properties":{"deps-error":true,"preflight-trigger":"%any error => skip-error","skipped":true}}`},
	} {
		if tt.got != tt.want {
			t.Errorf("details = %s\nwant %s", tt.got, tt.want)
		}
	}
}

// taskIDs lists the ids of the tasks, with a bar between steps.
func taskIDs(a Assessment) string {
	var steps []string
	for _, step := range a.Steps {
		var tasks []string
		for _, task := range step {
			tasks = append(tasks, task.ID)
		}
		steps = append(steps, strings.Join(tasks, " "))
	}
	return strings.Join(steps, " | ")
}

func TestAssessGroupsTasks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, recipe, tasks, want string }{
		{"the order of numbers", "run", "run.10 run.9 run.2 run.0", "run.0 run.2 run.9 run.10"},
		{"nested numbers", "s", "s.1 s.0.10 s.0.2 s.0 s", "s s.0 s.0.2 s.0.10 s.1"},
		{"numbers of any length", "s", "s.18446744073709551617 s.18446744073709551616 s.007", "s.007 s.18446744073709551616 s.18446744073709551617"},
		{"the order of the recipe", "a b c", "c b.1 b.0", "b.0 b.1 | c"},
		{"the longest step id", "q q.1 q.1.x", "q.1.0 q.0 q.1.x.3 q.2.1", "q.0 q.2.1 | q.1.0 | q.1.x.3"},
		{"steps that the recipe does not name", "a", "z.1 b a z.0", "a | z.0 z.1 | b"},
		{"no recipe", "", "b.1 a b.0 c.x", "b.0 b.1 | a | c.x"},
		{"only numbers", "", "0.1 7 0", "0 0.1 | 7"},
		{"odd dots", "", "a. a.. .1 a.0.", "a. | a.. | .1 | a.0."},
		{"a task twice", "", "a.0 b a.0", "a.0 | b"},
	} {
		if got := taskIDs(Assess(tasks(tt.tasks), steps(tt.recipe))); got != tt.want {
			t.Errorf("%s: Assess(%s) = %s, want %s", tt.name, tt.tasks, got, tt.want)
		}
	}
}

func tasks(ids string) *Results {
	r := &Results{}
	for _, id := range strings.Fields(ids) {
		r.Results = append(r.Results, Result{TaskID: id, Outcome: OutcomePass})
	}
	return r
}

func steps(ids string) *Recipe {
	if ids == "" {
		return nil
	}
	r := &Recipe{}
	for _, id := range strings.Fields(ids) {
		r.Steps = append(r.Steps, Step{ID: id})
	}
	return r
}

func TestAssessAppliesFinalize(t *testing.T) {
	t.Parallel()
	final := func(outcome, properties string) string {
		return `<result step="a" outcome="pass"/><result step="finalize" outcome="` + outcome + `"><properties>` + properties + `</properties></result>`
	}
	for _, tt := range []struct {
		name, results      string
		accepted, hasError bool
		label              string
		score, reviewer    any
	}{
		{"a pass", final("pass", `<property name="score" type="integer" value="7"/>`), true, false, "Accepted", 7.0, 7.0},
		{"a fail", final("fail", `<property name="score_reviewer" value="3"/>`), false, false, "Rejected", nil, 3.0},
		{"a skip", final("skip", ""), false, false, "Rejected", nil, nil},
		{"an error", final("error", ""), false, true, "Recipe error", nil, nil},
		{"an unknown outcome", final("great", ""), false, true, "Recipe error", nil, nil},
		{"no finalize", `<result step="a" outcome="pass"/>`, false, true, "Recipe error", nil, nil},
		{"nothing", ``, false, true, "Recipe error", nil, nil},
		{"two finalizes", final("pass", "") + final("fail", ""), true, false, "Accepted", nil, nil},
		{"a finalize that is a task", `<result step="finalize.0" outcome="pass"/>`, true, false, "Accepted", nil, nil},
		{"a score that is not a number", final("pass", `<property name="score" type="float" value="nan"/>`), true, false, "Accepted", nil, nil},
		{"a score twice", final("pass", `<property name="score" value="1"/><property name="score" value="2"/>`), true, false, "Accepted", 1.0, 1.0},
	} {
		b, err := openBundle([]byte("<results>" + tt.results + "</results>"))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		a := Assess(b.Results(), nil)
		if a.Accepted != tt.accepted || a.HasError != tt.hasError || a.Label != tt.label || valueOrNil(a.Score) != tt.score || valueOrNil(a.ScoreReviewer) != tt.reviewer {
			t.Errorf("%s: Assess = %+v (%v, %v), want %+v", tt.name, a, valueOrNil(a.Score), valueOrNil(a.ScoreReviewer), tt)
		}
	}
}

func valueOrNil(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

// Details must not hold the reviewer's score, because learners can read them.
func TestDetailsOmitReviewerScore(t *testing.T) {
	t.Parallel()
	r := &Results{Results: []Result{{TaskID: "finalize", Outcome: OutcomePass, Properties: Properties{
		{Name: "score", Value: Integer(1)},
		{Name: "score_reviewer", Value: Integer(9)},
		{Name: "empty"},
		{Name: "b", Value: Float(2)},
		{Name: "a", Value: String("<&>\u00e9")},
		{Name: "b", Value: Float(3)},
		{Name: "report", Value: String("one")},
		{Name: "report", Value: String("two")},
		{Name: "checklet-warning", Value: String("careful")},
	}}}}
	got := string(Assess(r, nil).Steps[0][0].Details)
	want := `{"outcome":"pass","report":["one","two"],"hidden":false,"warnings":["careful"],"files":[],"properties":{"a":"<&>é","b":2.0}}`
	if got != want {
		t.Errorf("details = %s\nwant %s", got, want)
	}
}

func TestTaskNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		step, task string
		want       []int
		ok         bool
	}{
		{"run", "run", []int{}, true},
		{"run", "run.0", []int{0}, true},
		{"run", "run.10.2", []int{10, 2}, true},
		{"lab.1", "lab.1", []int{}, true},
		{"lab.1", "lab.1.3", []int{3}, true},
		{"run", "runs.0", []int{}, false},
		{"run", "run.", []int{}, false},
		{"run", "run.a", []int{}, false},
		{"run", "run.+1", []int{}, false},
		{"run", "other.0", []int{}, false},
	} {
		if got, ok := TaskNumbers(tt.step, tt.task); !slices.Equal(got, tt.want) || got == nil || ok != tt.ok {
			t.Errorf("TaskNumbers(%q, %q) = %v, %t, want %v, %t", tt.step, tt.task, got, ok, tt.want, tt.ok)
		}
	}
}
