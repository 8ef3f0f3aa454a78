package bundle

// Results holds the results of checking one product: one for each task, in
// document order.
type Results struct {
	ID      string
	Meta    Meta
	Results []Result
}

// Result is the result of one task.
type Result struct {
	TaskID     string // the id of a step, followed by dotted numbers when the step has several tasks
	Outcome    Outcome
	Properties Properties
	Options    []Option
	Files      []File
	Line       int // of its start tag
}

// TestResult holds the results of the tests in a recipe.
type TestResult struct {
	Results []Results
}

// Outcome is the outcome of a task.
type Outcome string

// The four outcomes.
const (
	OutcomePass  Outcome = "pass"
	OutcomeFail  Outcome = "fail"
	OutcomeSkip  Outcome = "skip"
	OutcomeError Outcome = "error"
)

// parseOutcome parses an outcome; an unknown word means OutcomeError ("Momotor
// bundle format").
func parseOutcome(s string) Outcome {
	switch o := Outcome(s); o {
	case OutcomePass, OutcomeFail, OutcomeSkip:
		return o
	}
	return OutcomeError
}

func (d *decoder) results(e *element) (*Results, error) {
	r := &Results{ID: e.attr("id")}
	return r, d.eachChild(nil, func(e *element) error {
		switch e.name {
		case "meta":
			return d.meta(&r.Meta)
		case "result":
			return d.result(e, r)
		}
		return nil
	})
}

func (d *decoder) result(e *element, dst *Results) error {
	r := Result{TaskID: e.attr("step"), Outcome: parseOutcome(e.attr("outcome")), Line: e.line}
	if r.TaskID == "" {
		return d.errorf(e.line, "<result> has no step attribute")
	}
	err := d.eachChild(nil, func(e *element) error {
		switch e.name {
		case "properties":
			return d.properties(&r.Properties)
		case "options":
			return d.options(e, &r.Options)
		case "files":
			return d.files(e, &r.Files)
		}
		return nil
	})
	dst.Results = append(dst.Results, r)
	return err
}

func (d *decoder) testResult() (*TestResult, error) {
	t := &TestResult{}
	return t, d.eachChild(nil, func(e *element) error {
		if e.name != "results" {
			return nil
		}
		r, err := d.results(e)
		t.Results = append(t.Results, *r)
		return err
	})
}
