package bundle

import "encoding/json"

// finalize is the step that decides what a submission is worth.
const finalize = "finalize"

// Assessment is what a results bundle says about a submission, in the terms of
// the API.
type Assessment struct {
	Accepted      bool
	HasError      bool     // also when there is no finalize
	Score         *float64 // for the learner; nil when finalize gives none
	ScoreReviewer *float64 // Score when finalize gives none
	Label         string   // "Accepted", "Rejected" or "Recipe error"
	Summary       *string  // finalize's reason, else its status, else nil
	Secret        bool     // finalize is for reviewers only
	Steps         [][]StepAssessment
}

// StepAssessment is what one task of a step says.
type StepAssessment struct {
	ID              string // the task's id
	Outcome         Outcome
	Accepted        bool
	HasError        bool
	Label           string // the id when there is none
	Score, MaxScore *float64
	Secret          bool // for reviewers only
	Hidden          bool
	Summary         *string // the reason, else the status, else nil

	// Details is the JSON object of everything else: outcome, status, reason,
	// report (a list of blocks of untrusted HTML), max_score, hidden, warnings,
	// files (name, class, path, type, size) and properties. It holds no null,
	// equal results give equal bytes, and floats keep their point. The score
	// for reviewers is not in it.
	Details json.RawMessage
}

// Assess says what results mean (Momotor LTI manual). Steps[i] are the tasks
// of one step, by task number; steps come in the order of the recipe, which
// may be nil, and then as they first appear. A step without a result is left
// out, and of two results of one task the first counts.
//
// A task belongs to the longest step id of the recipe that is its own id
// without trailing numbers; where the recipe has none, to the id without any.
//
// The step finalize decides: it is accepted when its outcome is pass. A bundle
// without it is an error of the recipe. Numbers that are not finite count as
// absent.
func Assess(r *Results, recipe *Recipe) Assessment {
	a := Assessment{HasError: true}
	for _, step := range group(r.Results, recipe) {
		tasks := make([]StepAssessment, len(step.tasks))
		for i, t := range step.tasks {
			tasks[i] = assess(t)
		}
		if step.id == finalize {
			a.decide(step.tasks[0], &tasks[0])
		}
		a.Steps = append(a.Steps, tasks)
	}
	a.Label = label(&a)
	return a
}

// decide takes over what finalize says.
func (a *Assessment) decide(r *Result, s *StepAssessment) {
	a.Accepted, a.HasError = s.Accepted, s.HasError
	a.Score, a.Summary, a.Secret = s.Score, s.Summary, s.Secret
	if a.ScoreReviewer = r.Properties.number("score_reviewer"); a.ScoreReviewer == nil {
		a.ScoreReviewer = a.Score
	}
}

// label names the state of a finished submission as a reviewer reads it.
func label(a *Assessment) string {
	switch {
	case a.HasError:
		return "Recipe error"
	case a.Accepted:
		return "Accepted"
	}
	return "Rejected"
}

func assess(r *Result) StepAssessment {
	p := r.Properties
	s := StepAssessment{
		ID:       r.Step,
		Outcome:  r.Outcome,
		Accepted: r.Outcome == OutcomePass,
		HasError: r.Outcome == OutcomeError,
		Label:    p.text("label"),
		Score:    p.number("score"),
		MaxScore: p.number("max-score"),
		Secret:   p.bool("secret"),
		Hidden:   p.bool("hidden"),
		Details:  detailsOf(r),
	}
	if s.Label == "" {
		s.Label = r.Step
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
