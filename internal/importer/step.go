package importer

import (
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/bundle"
)

// readSteps reads a list of lists of steps.
func readSteps(v []byte, lenient bool) (steps [][]*db.Step, err error) {
	if v[0] != '[' {
		return nil, errors.New("must be a list of lists of steps")
	}
	seen := map[string]bool{}
	for tasks := range elements(v) {
		if tasks[0] != '[' {
			return nil, errors.New("must be a list of lists of steps")
		}
		row := []*db.Step{}
		for text := range elements(tasks) {
			s, err := readStep(text, len(steps), len(row), lenient)
			if err != nil {
				return nil, nested{err.Error()}
			}
			if seen[s.TaskID] {
				return nil, nested{fmt.Sprintf("field steps[%d][%d].id is the id of an earlier step: %s", len(steps), len(row), shown(s.TaskID))}
			}
			seen[s.TaskID] = true
			row = append(row, s)
		}
		steps = append(steps, row)
	}
	return steps, nil
}

func readStep(v []byte, position, task int, lenient bool) (*db.Step, error) {
	path := fmt.Sprintf("steps[%d][%d]", position, task)
	if v[0] != '{' {
		return nil, errors.New("field " + path + " must be a step, not " + shownValue(v))
	}
	o, err := newObject(path+".", v)
	if err != nil {
		return nil, err
	}
	s := &db.Step{
		Position: position, Task: task,
		TaskID:   required(o, "id", key),
		Accepted: required(o, "accepted", boolean),
		HasError: optional(o, "has_error", boolean),
		Label:    optional(o, "label", text),
		Score:    optional(o, "score", number),
		MaxScore: optional(o, "max_score", number),
		Secret:   optional(o, "secret", boolean),
		Hidden:   isTrue(optional(o, "hidden", boolean)),
		Summary:  optional(o, "summary", text),
	}
	if details := optional(o, "details", bundle.CanonicalJSON); details != nil {
		s.Details = *details
	}
	s.Outcome = stepOutcome(s)
	return s, o.err(lenient)
}

// stepOutcome returns the outcome of a step, as far as it is told. Accepted is pass and in
// error is error; which of the others it is may stand in the details.
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
