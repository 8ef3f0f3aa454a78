package db

import (
	"encoding/json"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Step is the outcome of one task of a result. A step of a recipe has one task or, if it runs
// several times, several tasks.
type Step struct {
	bun.BaseModel `bun:"table:step,alias:stp"`
	query.RowMeta

	CourseID int64 `bun:"course_id,pk"`
	ResultID int64 `bun:"result_id,pk"`
	// Position is the index of the step in the recipe, and Task the index of the task in its
	// step.
	Position int `bun:"position,pk"`
	Task     int `bun:"task,pk"`
	// TaskID is StepID if the step runs once. Otherwise it is StepID followed by numbers, each after
	// a dot, such as "test.2" or "test.2.1".
	TaskID   string          `bun:"task_id"`
	StepID   string          `bun:"step_id"`
	Accepted bool            `bun:"accepted"`
	HasError *bool           `bun:"has_error"`
	Secret   *bool           `bun:"secret"`
	Hidden   bool            `bun:"hidden"`
	Outcome  *StepOutcome    `bun:"outcome"`
	Score    *float64        `bun:"score"`
	MaxScore *float64        `bun:"max_score"`
	Label    *string         `bun:"label"`
	Summary  *string         `bun:"summary"`
	Details  json.RawMessage `bun:"details,nullzero"`
}

// A StepOutcome is the outcome of a task, as in a results bundle.
type StepOutcome string

// The outcomes of the bundle format.
const (
	OutcomePass  StepOutcome = "pass"
	OutcomeFail  StepOutcome = "fail"
	OutcomeSkip  StepOutcome = "skip"
	OutcomeError StepOutcome = "error"
)

// ID is the step's global id.
func (s *Step) ID() string {
	return NodeID{Type: "Step", Key: query.Key{s.CourseID, s.ResultID, int64(s.Position), int64(s.Task)}}.String()
}

// IsNode makes a step a Node of the schema.
func (*Step) IsNode() {}

func (*Step) PrimaryKey() []string   { return []string{"course_id", "result_id", "position", "task"} }
func (*Step) OrderColumns() []string { return []string{"position", "task"} }

// ColumnExpr hides texts from callers with pseudonyms.
func (*Step) ColumnExpr(column string, sc query.Scope, _ bool) query.Clause {
	switch column {
	case "label", "summary", "details":
		return freeText(sc)
	}
	return query.Clause{}
}

// The edges to steps.
var (
	ResultSteps = query.Edge[Step]{
		Path: "result.steps", KeyWidth: 2, Visible: visibleStep,
		On: "stp.course_id = parent.k0 AND stp.result_id = parent.k1",
	}
	StepByID = query.Edge[Step]{
		Path: "step", KeyWidth: 4, Visible: visibleStep,
		On: "stp.course_id = parent.k0 AND stp.result_id = parent.k1 AND stp.position = parent.k2 AND stp.task = parent.k3",
	}
)

func visibleStep(sc query.Scope) query.Clause { return visibleSteps(sc, parentCourse) }

// StepWithTaskID returns the condition that selects the step with a task id.
func StepWithTaskID(taskID string) []query.Clause {
	return []query.Clause{query.SQL("stp.task_id = ?", taskID)}
}
