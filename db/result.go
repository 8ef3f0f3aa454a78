package db

import (
	"time"

	"github.com/uptrace/bun"
)

// A Result is what Momotor made of one attempt of a student or a group. Its columns are
// read as the caller may see them.
type Result struct {
	bun.BaseModel `bun:"table:result,alias:r"`
	Kin

	CourseID     int64 `bun:"course_id,pk"`
	MomotorID    int64 `bun:"id,pk"`
	AssignmentID int64 `bun:"assignment_id"`
	UserID       int64 `bun:"user_id"`
	Attempt      int   `bun:"attempt"`
	IsLatest     bool  `bun:"is_latest"`
	IsLate       bool  `bun:"is_late"`
	// SequenceID is the number of the result's last change, from one count for the store.
	SequenceID int64 `bun:"sequence_id"`
	// Revision is the number of the configuration that the result was processed with.
	Revision *int        `bun:"revision"`
	State    ResultState `bun:"state"`
	Accepted *bool       `bun:"accepted"`
	HasError *bool       `bun:"has_error"`
	Secret   *bool       `bun:"secret"`
	Score    *float64    `bun:"score"`
	// ScoreReviewer is what reviewers see in place of Score; it is never read for others.
	ScoreReviewer *float64   `bun:"score_reviewer"`
	Progress      *float64   `bun:"progress"` // 0..1
	SubmittedAt   time.Time  `bun:"submitted_at"`
	QueuedAt      *time.Time `bun:"queued_at"`
	StartedAt     *time.Time `bun:"started_at"`
	ProcessedAt   *time.Time `bun:"processed_at"`
	Label         *string    `bun:"label"`
	Summary       *string    `bun:"summary"`
	PreviewURL    *string    `bun:"preview_url"`
	// SectionIDs are the Canvas ids of the sections of the course that the student is in.
	SectionIDs []int64 `bun:"section_ids,scanonly"`
	// AssignmentCanvasID is the assignment's id in Canvas.
	AssignmentCanvasID int64 `bun:"assignment_canvas_id,scanonly"`
}

// A ResultState says how far processing has come.
type ResultState string

// The states of a result, in the order in which it goes through them.
const (
	StatePaused     ResultState = "paused"
	StateQueued     ResultState = "queued"
	StateProcessing ResultState = "processing"
	StateDone       ResultState = "done"
)

// ID is the result's global id.
func (r *Result) ID() string {
	return NodeID{Type: "Result", Key: Key{r.CourseID, r.MomotorID}}.String()
}

// IsNode makes a result a Node of the schema.
func (*Result) IsNode() {}

func (*Result) identity() []string { return []string{"course_id", "id"} }
func (*Result) order() []string    { return []string{"id"} }
func (*Result) keys() []string     { return []string{"assignment_id", "user_id"} }

// expr masks what learners do not see: the reviewer's score, and what went wrong with a
// recipe, which they know as "Postponed".
func (*Result) expr(column string, sc Scope, pg bool) Clause {
	switch column {
	case "section_ids":
		return sectionIDs("r.course_id", "r.user_id", pg)
	case "assignment_canvas_id":
		return clause(`(SELECT ra.canvas_id FROM assignment AS ra
			WHERE ra.course_id = r.course_id AND ra.id = r.assignment_id)`)
	case "score":
		return maskColumn(sc, "coalesce(r.score_reviewer, r.score)", unlessError("r.score", "NULL"))
	case "score_reviewer":
		return maskColumn(sc, "r.score_reviewer", "NULL")
	case "label":
		return maskColumn(sc, "r.label", unlessError("r.label", "'Postponed'"))
	case "summary", "accepted", "has_error":
		return maskColumn(sc, "r."+column, unlessError("r."+column, "NULL"))
	}
	return Clause{}
}

func unlessError(column, otherwise string) string {
	return "CASE WHEN r.has_error THEN " + otherwise + " ELSE " + column + " END"
}

// The edges to results.
var (
	CourseResults     = Edge[Result]{name: "course.results", width: 1, on: "r.course_id = k.k0", see: seeResult}
	AssignmentResults = Edge[Result]{
		name: "assignment.results", width: 2, see: seeResult,
		on: "r.course_id = k.k0 AND r.assignment_id = k.k1",
	}
	UserResults = Edge[Result]{
		name: "user.results", width: 2, see: seeResult,
		on: "r.course_id = k.k0 AND r.id IN (" + resultsOf("k.k0", clause("k.k1")).text() + ")",
	}
	ResultAttempts = Edge[Result]{
		name: "result.attempts", width: 3, see: seeResult,
		on: "r.course_id = k.k0 AND r.assignment_id = k.k1 AND r.user_id = k.k2",
	}
	ResultByID = Edge[Result]{name: "result", width: 2, on: "r.course_id = k.k0 AND r.id = k.k1", see: seeResult}
)

func seeResult(sc Scope) Clause { return visibleResults(sc, keyCourse) }

// A ResultFilter narrows results; a nil condition does not.
type ResultFilter struct {
	State                            []ResultState
	Accepted, HasError, Late, Latest *bool
	// Section and User are ids in Canvas.
	Section, User                  *int64
	Attempt                        *int
	SubmittedFrom, SubmittedBefore *time.Time
	ProcessedFrom, ProcessedBefore *time.Time
	ChangedSince                   *int64
}

// Clauses returns the conditions of the filter; a nil filter has none.
func (f *ResultFilter) Clauses(sc Scope) []Clause {
	if f == nil {
		return nil
	}
	var cs conditions
	if f.State != nil {
		cs.add(anyOf("r.state", f.State))
	}
	cs.equals((*Result)(nil).expr("accepted", sc, false), f.Accepted)
	cs.equals((*Result)(nil).expr("has_error", sc, false), f.HasError)
	cs.is("r.is_late", f.Late)
	cs.is("r.is_latest", f.Latest)
	if f.Section != nil {
		cs.add(clause("r.user_id IN (?)", usersInSection(*f.Section)))
	}
	if f.User != nil {
		cs.add(among("r.id", resultsOf("k.k0", userInCourse(*f.User))))
	}
	compare(&cs, "r.attempt", "=", f.Attempt)
	compare(&cs, "r.submitted_at", ">=", f.SubmittedFrom)
	compare(&cs, "r.submitted_at", "<", f.SubmittedBefore)
	compare(&cs, "r.processed_at", ">=", f.ProcessedFrom)
	compare(&cs, "r.processed_at", "<", f.ProcessedBefore)
	compare(&cs, "r.sequence_id", ">", f.ChangedSince)
	return cs
}

// userInCourse reads the id of the person with a Canvas id, in the account of the course
// k.k0.
func userInCourse(canvasID int64) Clause {
	return clause(`SELECT u.id FROM "user" AS u JOIN course AS c ON c.account_id = u.account_id
		WHERE c.id = k.k0 AND u.canvas_id = ?`, canvasID)
}
