package importer

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/bundle"
)

// readSteps parses a list of lists of steps.
func readSteps(v []byte, lenient, ofExport bool) (steps [][]*db.Step, err error) {
	if v[0] != '[' {
		return nil, errors.New("must be a list of lists of steps")
	}
	seen := map[string]bool{}
	for tasks := range elements(v) {
		if tasks[0] != '[' {
			return nil, errors.New("must be a list of lists of steps")
		}
		row, position := []*db.Step{}, len(steps)
		task := -1
		for text := range elements(tasks) {
			if task++; ofExport && string(text) == "null" {
				continue // the result has no such task
			}
			s, err := readStep(text, position, task, lenient, ofExport)
			if err != nil {
				return nil, nestedProblems{err.Error()}
			}
			if seen[s.TaskID] && !ofExport {
				return nil, nestedProblems{fmt.Sprintf("field steps[%d][%d].id is the id of an earlier step: %s", position, task, printable(s.TaskID))}
			}
			seen[s.TaskID] = true
			row = append(row, s)
		}
		steps = append(steps, row)
	}
	return steps, nil
}

func readStep(v []byte, position, task int, lenient, ofExport bool) (*db.Step, error) {
	path := fmt.Sprintf("steps[%d][%d]", position, task)
	if v[0] != '{' {
		return nil, errors.New("field " + path + " must be a step, not " + excerpt(v))
	}
	o, err := newObject(path+".", v)
	if err != nil {
		return nil, err
	}
	o.ofExport = ofExport
	s := &db.Step{
		Position: position, Task: task,
		TaskID:   required(o, "id", o.text(parseTaskID)),
		Accepted: required(o, "accepted", parseBool),
		HasError: optional(o, "has_error", parseBool),
		Label:    optional(o, "label", o.text(parseName)),
		Score:    optional(o, "score", parseNumber),
		MaxScore: optional(o, "max_score", parseNumber),
		Secret:   optional(o, "secret", parseBool),
		Hidden:   isTrue(optional(o, "hidden", parseBool)),
		Summary:  optional(o, "summary", o.text(parseText)),
	}
	s.StepID = readStepID(o, s.TaskID)
	if details := optional(o, "details", ifExport(o, parseStoredJSON, parseDetails)); details != nil {
		s.Details = *details
	}
	s.Outcome = optional(o, "outcome", parseEnum(db.OutcomePass, db.OutcomeFail, db.OutcomeSkip, db.OutcomeError))
	if s.Outcome == nil && !ofExport {
		s.Outcome = stepOutcome(s)
	}
	return s, o.validate(lenient)
}

// parseDetails parses the details of a step, and limits their size like that of texts.
func parseDetails(v []byte) (json.RawMessage, error) {
	details, err := bundle.CanonicalJSON(v)
	if err != nil {
		return nil, err
	}
	return details, checkLength(string(details), db.MaxTextBytes)
}

// readStepID reads the id of a task's step. The default is the task id without its trailing
// numbers.
func readStepID(o *object, taskID string) string {
	id := optional(o, "step_id", o.text(parseKey))
	if id == nil {
		return bundle.StepID(taskID)
	}
	if o.ofExport {
		return *id
	}
	if _, ok := bundle.TaskNumbers(*id, taskID); !ok {
		o.addProblem("step_id", "must be the id of the task without its trailing numbers")
	}
	return *id
}

// stepOutcome returns the outcome of a step: error when has_error is true, pass when it is
// accepted, otherwise the outcome in the details, or nil.
func stepOutcome(s *db.Step) *db.StepOutcome {
	if isTrue(s.HasError) {
		return new(db.OutcomeError)
	}
	if s.Accepted {
		return new(db.OutcomePass)
	}
	switch string(member(s.Details, "outcome")) {
	case `"fail"`:
		return new(db.OutcomeFail)
	case `"skip"`:
		return new(db.OutcomeSkip)
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }
