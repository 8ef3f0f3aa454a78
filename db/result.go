package db

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Result is the outcome of an attempt of a student or a group. Some columns have other values for
// learners than for reviewers: see ColumnExpr.
type Result struct {
	bun.BaseModel `bun:"table:result,alias:res"`
	query.RowMeta

	CourseID     int64 `bun:"course_id,pk"`
	MomotorID    int64 `bun:"id,pk"`
	AssignmentID int64 `bun:"assignment_id"`
	UserID       int64 `bun:"user_id"`
	Attempt      int   `bun:"attempt"`
	IsLatest     bool  `bun:"is_latest"`
	IsLate       bool  `bun:"is_late"`
	// SequenceID is the number of the last change of the result. The changes of the results of a course
	// are numbered in one sequence: see ReserveSequence.
	SequenceID int64 `bun:"sequence_id"`
	// Revision is the number of the configuration that the result was processed with.
	Revision *int        `bun:"revision"`
	State    ResultState `bun:"state"`
	Accepted *bool       `bun:"accepted"`
	HasError *bool       `bun:"has_error"`
	Secret   *bool       `bun:"secret"`
	Score    *float64    `bun:"score"`
	// ScoreReviewer, if not nil, replaces Score for reviewers. It is nil for other callers.
	ScoreReviewer *float64   `bun:"score_reviewer"`
	Progress      *float64   `bun:"progress"` // 0..1
	SubmittedAt   time.Time  `bun:"submitted_at"`
	QueuedAt      *time.Time `bun:"queued_at"`
	StartedAt     *time.Time `bun:"started_at"`
	ProcessedAt   *time.Time `bun:"processed_at"`
	Label         *string    `bun:"label"`
	Summary       *string    `bun:"summary"`
	PreviewURL    *string    `bun:"preview_url"`
	// SecondsLate is how late the submission was. It is stored if Canvas says so; callers see the time
	// after DueAt of the assignment if it is nil, and 0 for a submission that is not late.
	SecondsLate *float64 `bun:"seconds_late"`
	// WaitSeconds is the time from QueuedAt to StartedAt, and DurationSeconds that to ProcessedAt.
	WaitSeconds     *float64 `bun:"wait_seconds,scanonly"`
	DurationSeconds *float64 `bun:"duration_seconds,scanonly"`
	// MaxScore, ScorePercent and ScorePercentBasis: see score_percent.go.
	MaxScore          *float64           `bun:"max_score,scanonly"`
	ScorePercent      *float64           `bun:"score_percent,scanonly"`
	ScorePercentBasis *ScorePercentBasis `bun:"score_percent_basis,scanonly"`
	// UserSortableName and StateRank sort results by the student and by the state.
	UserSortableName string `bun:"user_sortable_name,scanonly"`
	StateRank        int    `bun:"state_rank,scanonly"`
	// SectionCanvasIDs are the Canvas ids of the sections of the student in the course.
	SectionCanvasIDs []int64 `bun:"section_canvas_ids,scanonly"`
	// AssignmentCanvasID is the assignment's id in Canvas.
	AssignmentCanvasID int64 `bun:"assignment_canvas_id,scanonly"`
}

// A ResultState is the state of processing.
type ResultState string

// The states of a result, in their usual order.
const (
	StatePaused     ResultState = "paused"
	StateQueued     ResultState = "queued"
	StateProcessing ResultState = "processing"
	StateDone       ResultState = "done"
)

// ID is the result's global id.
func (r *Result) ID() string {
	return NodeID{Type: "Result", Key: query.Key{r.CourseID, r.MomotorID}}.String()
}

// IsNode makes a result a Node of the schema.
func (*Result) IsNode() {}

func (*Result) PrimaryKey() []string   { return []string{"course_id", "id"} }
func (*Result) OrderColumns() []string { return []string{"id"} }

// ColumnExpr hides the reviewers' score from learners, and the outcome of a result with an error:
// learners see the label "Postponed" instead. Errors are usually mistakes in the recipe.
func (*Result) ColumnExpr(column string, sc query.Scope, pg bool) query.Clause {
	switch column {
	case "section_canvas_ids":
		return sectionCanvasIDs.Expr("res.user_id", pg)
	case "assignment_canvas_id":
		return query.SQL("res_asg.canvas_id")
	case "score":
		return resultScore(sc, "res")
	case "max_score":
		return maxScore(sc)
	case "score_percent":
		return scorePercent(sc)
	case "score_percent_basis":
		return scorePercentBasis(sc)
	case "seconds_late":
		return secondsLate(sc)
	case "wait_seconds":
		return query.SecondsBetween("res.queued_at", "res.started_at")
	case "duration_seconds":
		return query.SecondsBetween("res.started_at", "res.processed_at")
	case "user_sortable_name":
		return query.SQL(`(SELECT ? FROM "user" AS usr WHERE usr.id = res.user_id)`, sortableName(sc))
	case "state_rank":
		return query.SQL("CASE res.state WHEN 'paused' THEN 0 WHEN 'queued' THEN 1 WHEN 'processing' THEN 2 ELSE 3 END")
	case "score_reviewer":
		return maskColumn(sc, "res", "res.score_reviewer", "NULL")
	case "label":
		return fixedLabel(sc, maskColumn(sc, "res", "res.label", maskError("res", "label", "'Postponed'")))
	case "preview_url":
		return freeText(sc)
	case "summary":
		if sc.Pseudonyms.Exist() {
			return freeText(sc)
		}
		return maskColumn(sc, "res", "res.summary", maskError("res", "summary", "NULL"))
	case "accepted", "has_error":
		return maskColumn(sc, "res", "res."+column, maskError("res", column, "NULL"))
	}
	return query.Clause{}
}

// ListColumn returns the list of the student's sections.
func (*Result) ListColumn(column string) (query.ListColumn, bool) {
	return query.ListColumn{MemberList: sectionCanvasIDs, MemberColumn: "user_id"}, column == "section_canvas_ids"
}

// ColumnJoin joins the assignment.
func (*Result) ColumnJoin(column string) string {
	if column != "assignment_canvas_id" {
		return ""
	}
	return "LEFT JOIN assignment AS res_asg ON res_asg.course_id = res.course_id AND res_asg.id = res.assignment_id"
}

// resultScore returns the SQL of the score that the caller sees, of the result with an alias.
func resultScore(sc query.Scope, alias string) query.Clause {
	if sc.IsSystem() {
		return query.SQL(alias + ".score")
	}
	return maskColumn(sc, alias, "coalesce("+alias+".score_reviewer, "+alias+".score)", maskError(alias, "score", "NULL"))
}

// secondsLate returns the SQL of how late a submission was. Students can have extensions, so Canvas decides
// whether it was late at all. For the system scope it returns an empty clause, which means the stored value.
func secondsLate(sc query.Scope) query.Clause {
	if sc.IsSystem() {
		return query.Clause{}
	}
	return query.SQL(`CASE WHEN NOT res.is_late THEN 0.0 ELSE coalesce(res.seconds_late, (SELECT CASE WHEN res.submitted_at > asg.due_at THEN ? WHEN asg.due_at IS NOT NULL THEN 0.0 END
		FROM assignment AS asg WHERE asg.course_id = res.course_id AND asg.id = res.assignment_id)) END`, query.SecondsBetween("asg.due_at", "res.submitted_at"))
}

// sortableName returns the SQL of the sortable name of "user" AS usr that the caller sees.
func sortableName(sc query.Scope) query.Clause {
	if name := personColumn(sc, "sortable_name"); name.SQL != "" {
		return name
	}
	return query.SQL("usr.sortable_name")
}

// maskError returns the SQL of a column in which masked replaces the value of results with an error.
func maskError(alias, column, masked string) string {
	return "CASE WHEN " + alias + ".has_error THEN " + masked + " ELSE " + alias + "." + column + " END"
}

// The edges to results.
var (
	CourseResults = query.Edge[Result]{
		Path: "course.results", KeyWidth: 1, Visible: visibleResult,
		On:        "res.course_id = parent.k0",
		KeptCount: keptResultCount("cnt.course_id = parent.k0"),
	}
	// AssignmentResults starts from the course, the id and the Canvas id of an assignment.
	AssignmentResults = query.Edge[Result]{
		Path: "assignment.results", KeyWidth: 3, Visible: visibleResult,
		On:         "res.course_id = parent.k0 AND res.assignment_id = parent.k1",
		KeyColumns: map[string]string{"assignment_canvas_id": "parent.k2"},
		KeptCount:  keptResultCount("cnt.course_id = parent.k0 AND cnt.assignment_id = parent.k1"),
		Unique:     uniqueSubmitter,
	}
	UserResults = query.Edge[Result]{
		Path: "user.results", KeyWidth: 2, Visible: visibleResult,
		On: "res.course_id = parent.k0 AND res.id IN (" + userResultIDs("parent.k0", query.SQL("parent.k1")).Text() + ")",
	}
	SectionResults = query.Edge[Result]{
		Path: "section.results", KeyWidth: 2, Visible: visibleResult,
		On: `res.course_id = parent.k0 AND EXISTS (SELECT 1 FROM enrollment AS enr
			WHERE enr.course_id = parent.k0 AND enr.user_id = res.user_id AND enr.section_id = parent.k1)`,
	}
	ResultAttempts = query.Edge[Result]{
		Path: "result.attempts", KeyWidth: 3, Visible: visibleResult,
		On: "res.course_id = parent.k0 AND res.assignment_id = parent.k1 AND res.user_id = parent.k2",
	}
	ResultByID = query.Edge[Result]{Path: "result", KeyWidth: 2, On: "res.course_id = parent.k0 AND res.id = parent.k1", Visible: visibleResult}
)

// visibleResult selects rows of result AS res for a caller who sees them. Conditions about other rows use
// visibleResults, because figures depend on results that their caller does not see.
func visibleResult(sc query.Scope) query.Clause {
	if rule, ok := fixedRule(sc); ok {
		return rule
	}
	return visibleResults(sc, parentCourse)
}

// keptResultCount returns a KeptCount for reviewers, of all results or of the latest or earlier ones.
// On is the condition on result_count AS cnt that selects the assignments of the parent.
func keptResultCount(on string) func(query.Scope, []query.Clause) query.Clause {
	return func(sc query.Scope, filter []query.Clause) query.Clause {
		number := map[string]string{isLatest: "cnt.latest", "NOT " + isLatest: "cnt.total - cnt.latest"}
		column := "cnt.total"
		if len(filter) > 0 {
			column = number[filter[0].SQL]
		}
		if len(filter) > 1 || column == "" {
			return query.Clause{}
		}
		return query.SQL("CASE WHEN ? THEN (SELECT coalesce(sum("+column+"), 0) FROM result_count AS cnt WHERE "+on+") END", visibleToReviewers(sc, parentCourse))
	}
}

// uniqueSubmitter is the Unique of the results of an assignment: each student has one latest result.
func uniqueSubmitter(filter []query.Clause) string {
	if slices.ContainsFunc(filter, func(c query.Clause) bool { return c.SQL == isLatest }) {
		return "user_id"
	}
	return ""
}

// isLatest is the condition of the filter for latest results.
const isLatest = "res.is_latest"
