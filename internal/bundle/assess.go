package bundle

import "encoding/json"

// finalizeStepID is the id of the step that decides the outcome and score of a
// submission.
const finalizeStepID = "finalize"

// Assessment is the meaning of a results bundle in the terms of the API.
type Assessment struct {
	Accepted      bool
	HasError      bool     // true when finalize failed with an error or is missing
	Score         *float64 // for the learner; nil when finalize has none
	ScoreReviewer *float64 // for the reviewer; equal to Score when finalize has none
	Label         string   // "Accepted", "Rejected" or "Recipe error"
	Summary       *string  // finalize's reason, else its status, else nil
	Secret        bool     // finalize is for reviewers only
	Steps         [][]TaskAssessment
}

// TaskAssessment is the meaning of the result of one task.
type TaskAssessment struct {
	ID              string // the task's id
	StepID          string // the id of the task's step
	Outcome         Outcome
	Accepted        bool
	HasError        bool
	Label           string // the label property, else the id
	Score, MaxScore *float64
	Secret          bool // for reviewers only
	Hidden          bool
	Summary         *string // the reason, else the status, else nil

	// Details is a JSON object with the members outcome, status, reason, report
	// (a list of blocks of untrusted HTML), max_score, hidden, warnings, files
	// (name, class, path, type, size) and properties (all other properties). It
	// holds no null, equal results give equal bytes, and floats keep their
	// decimal point. It never contains the score for reviewers.
	Details json.RawMessage
}

// Assess returns the meaning of results, as the Momotor LTI manual defines it.
// Each element of Steps holds the tasks of one step, sorted by task number.
// Steps follow the order of the recipe; steps that the recipe does not name,
// or all steps when recipe is nil, follow in order of first appearance. Assess
// omits steps without a result and ignores repeated results of a task.
//
// The step of a task is the longest step id in the recipe that equals the task
// id without some of its trailing numbers. If the recipe has none, the step is
// the task id without all trailing numbers.
//
// The finalize step decides: the submission is accepted when its outcome is
// pass. A bundle without finalize is a recipe error. Assess ignores numbers
// that are not finite.
func Assess(r *Results, recipe *Recipe) Assessment {
	a := Assessment{HasError: true}
	for _, step := range groupTasks(r.Results, recipe) {
		tasks := make([]TaskAssessment, len(step.tasks))
		for i, t := range step.tasks {
			tasks[i] = assessTask(t, step.id)
		}
		if step.id == finalizeStepID {
			a.applyFinalize(step.tasks[0], &tasks[0])
		}
		a.Steps = append(a.Steps, tasks)
	}
	a.Label = stateLabel(&a)
	return a
}

// applyFinalize copies the outcome of the finalize step.
func (a *Assessment) applyFinalize(result *Result, task *TaskAssessment) {
	a.Accepted, a.HasError = task.Accepted, task.HasError
	a.Score, a.Summary, a.Secret = task.Score, task.Summary, task.Secret
	if a.ScoreReviewer = result.Properties.number("score_reviewer"); a.ScoreReviewer == nil {
		a.ScoreReviewer = a.Score
	}
}

// stateLabel returns the label of a finished submission for reviewers.
func stateLabel(a *Assessment) string {
	switch {
	case a.HasError:
		return "Recipe error"
	case a.Accepted:
		return "Accepted"
	}
	return "Rejected"
}

func assessTask(r *Result, stepID string) TaskAssessment {
	p := r.Properties
	s := TaskAssessment{
		ID:       r.TaskID,
		StepID:   stepID,
		Outcome:  r.Outcome,
		Accepted: r.Outcome == OutcomePass,
		HasError: r.Outcome == OutcomeError,
		Label:    p.text("label"),
		Score:    p.number("score"),
		MaxScore: p.number("max-score"),
		Secret:   p.bool("secret"),
		Hidden:   p.bool("hidden"),
		Details:  marshalDetails(r),
	}
	if s.Label == "" {
		s.Label = r.TaskID
	}
	for _, name := range []string{"reason", "status"} {
		if t := p.text(name); t != "" {
			s.Summary = &t
			break
		}
	}
	return s
}

func (p Properties) text(name string) string {
	v, _ := p.First(name)
	return v.Text()
}

func (p Properties) bool(name string) bool {
	v, _ := p.First(name)
	return v.Bool()
}

func (p Properties) number(name string) *float64 {
	v, _ := p.First(name)
	if f, ok := v.Number(); ok {
		return &f
	}
	return nil
}
