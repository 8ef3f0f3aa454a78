package bundle

// Results is what came out of checking one product: a result for each task,
// in document order.
type Results struct {
	ID      string
	Meta    Meta
	Results []Result
}

// Result is what one task found.
type Result struct {
	Step       string // the task's id: a step's id, with dotted numbers behind it when the step ran several times
	Outcome    Outcome
	Properties Properties
	Options    []Option
	Files      []File
	Line       int // of its start tag
}

// TestResult holds the results of the tests that a recipe brings along.
type TestResult struct {
	Results []Results
}

// Outcome is how a task ended.
type Outcome string

// The four outcomes.
const (
	OutcomePass  Outcome = "pass"
	OutcomeFail  Outcome = "fail"
	OutcomeSkip  Outcome = "skip"
	OutcomeError Outcome = "error"
)

// outcome reads an outcome; a word that is none counts as an error ("Momotor
// bundle format").
func outcome(s string) Outcome {
	switch o := Outcome(s); o {
	case OutcomePass, OutcomeFail, OutcomeSkip:
		return o
	}
	return OutcomeError
}

func (d *decoder) results(e *element) (*Results, error) {
	r := &Results{ID: e.attr("id")}
	return r, d.children(nil, func(e *element) error {
		switch e.name {
		case "meta":
			return d.meta(&r.Meta)
		case "result":
			return d.result(e, r)
		}
		return nil
	})
}

func (d *decoder) result(e *element, to *Results) error {
	r := Result{Step: e.attr("step"), Outcome: outcome(e.attr("outcome")), Line: e.line}
	if r.Step == "" {
		return d.fail(e.line, "<result> has no step attribute, so it is unknown what it is the result of")
	}
	err := d.children(nil, func(e *element) error {
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
	to.Results = append(to.Results, r)
	return err
}

func (d *decoder) testResult() (*TestResult, error) {
	t := &TestResult{}
	return t, d.children(nil, func(e *element) error {
		if e.name != "results" {
			return nil
		}
		r, err := d.results(e)
		t.Results = append(t.Results, *r)
		return err
	})
}
