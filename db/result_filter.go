package db

import (
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// A ResultFilter selects results. Nil conditions select all, and empty lists none.
type ResultFilter struct {
	State                                 []ResultState
	Accepted, HasError, Late, Latest      *bool
	AssignmentCanvasIDs, SectionCanvasIDs []int64
	SectionCanvasID, UserCanvasID         *int64
	// UserSearch is a part of a name or of the login name of a student.
	UserSearch                      *string
	Attempt, AttemptFrom, AttemptTo *int
	// Revision is the number of the configuration of the assignment.
	Revision *int
	// ScoreFrom and ScoreTo include the score itself.
	ScoreFrom, ScoreTo               *float64
	ScorePercentFrom, ScorePercentTo *float64
	// Steps must all be met.
	Steps                                   []StepFilter
	SubmittedFrom, SubmittedBefore          *time.Time
	SubmittedOnOrAfter, SubmittedBeforeDate *Date
	// TimeZone is the zone of the dates; nil is UTC.
	TimeZone                       *TimeZone
	ProcessedFrom, ProcessedBefore *time.Time
	ChangedSince                   *int64
}

// PersonalCondition returns the name of a condition that selects results of one person, or of single attempts
// of persons; "" if there is none.
func (f *ResultFilter) PersonalCondition() string {
	switch {
	case f == nil:
	case f.UserCanvasID != nil:
		return "userCanvasId"
	case f.UserSearch != nil:
		return "userSearch"
	case f.Attempt != nil:
		return "attempt"
	case f.AttemptFrom != nil:
		return "attemptFrom"
	case f.AttemptTo != nil:
		return "attemptTo"
	}
	return ""
}

// Clauses returns the conditions of the filter on result AS res under a parent whose first key is the
// course; a nil filter has none.
func (f *ResultFilter) Clauses(sc query.Scope) []query.Clause {
	if f == nil {
		return nil
	}
	var cs query.Conditions
	if f.State != nil {
		cs.Add(query.AnyOf("res.state", f.State))
	}
	cs.Equals((*Result)(nil).ColumnExpr("accepted", sc, false), f.Accepted)
	cs.Equals((*Result)(nil).ColumnExpr("has_error", sc, false), f.HasError)
	cs.Is("res.is_late", f.Late)
	cs.Is(isLatest, f.Latest)
	if f.AssignmentCanvasIDs != nil {
		cs.Add(query.InSubquery("res.assignment_id", courseAssignmentIDs(f.AssignmentCanvasIDs)))
	}
	query.Compare(&cs, "res.attempt", "=", f.Attempt)
	query.Compare(&cs, "res.attempt", ">=", f.AttemptFrom)
	query.Compare(&cs, "res.attempt", "<=", f.AttemptTo)
	query.Compare(&cs, "res.revision", "=", f.Revision)
	query.CompareExpr(&cs, resultScore(sc, "res"), ">=", f.ScoreFrom)
	query.CompareExpr(&cs, resultScore(sc, "res"), "<=", f.ScoreTo)
	query.CompareExpr(&cs, scorePercent(sc), ">=", f.ScorePercentFrom)
	query.CompareExpr(&cs, scorePercent(sc), "<=", f.ScorePercentTo)
	query.Compare(&cs, "res.processed_at", ">=", f.ProcessedFrom)
	query.Compare(&cs, "res.processed_at", "<", f.ProcessedBefore)
	query.Compare(&cs, "res.sequence_id", ">", f.ChangedSince)
	f.addSubmission(&cs)
	f.addStudent(&cs, sc)
	for _, s := range f.Steps {
		cs.Add(s.clause(sc))
	}
	return cs
}

// addSubmission adds the conditions on the time of the submission.
func (f *ResultFilter) addSubmission(cs *query.Conditions) {
	query.Compare(cs, "res.submitted_at", ">=", f.SubmittedFrom)
	query.Compare(cs, "res.submitted_at", "<", f.SubmittedBefore)
	if f.SubmittedOnOrAfter != nil {
		cs.Add(query.SQL("res.submitted_at >= ?", f.SubmittedOnOrAfter.Start(f.TimeZone)))
	}
	if f.SubmittedBeforeDate != nil {
		cs.Add(query.SQL("res.submitted_at < ?", f.SubmittedBeforeDate.Start(f.TimeZone)))
	}
}

// addStudent adds the conditions on the student and the members of the group.
func (f *ResultFilter) addStudent(cs *query.Conditions, sc query.Scope) {
	for _, section := range sectionIn(f.SectionCanvasID, f.SectionCanvasIDs) {
		cs.Add(isInSection("res.user_id", section))
	}
	if f.UserCanvasID != nil {
		cs.Add(query.InSubquery("res.id", userResultIDs("parent.k0", courseUserID(sc, *f.UserCanvasID))))
	}
	if f.UserSearch != nil {
		cs.Add(query.SQL(`(EXISTS (SELECT 1 FROM "user" AS usr WHERE usr.id = res.user_id AND ?) OR EXISTS (
			SELECT 1 FROM result_member AS mem JOIN "user" AS usr ON usr.id = mem.user_id
			WHERE mem.course_id = res.course_id AND mem.result_id = res.id AND ?))`, nameContains(sc, *f.UserSearch), nameContains(sc, *f.UserSearch)))
	}
}

// A StepFilter selects results with a visible task that meets all conditions. Nil conditions are met.
type StepFilter struct {
	TaskID             string
	Outcome            *StepOutcome
	Accepted           *bool
	ScoreFrom, ScoreTo *float64
}

// clause returns the condition on result AS res. The scope of its statement hides rows from callers who see
// only figures, so that the condition need not do it.
func (f StepFilter) clause(sc query.Scope) query.Clause {
	cs := query.Conditions{query.SQL("stp.task_id = ?", f.TaskID), visibleSteps(sc.WithRows(), parentCourse)}
	if f.Outcome != nil {
		cs.Add(query.SQL("stp.outcome = ?", *f.Outcome))
	}
	cs.Is("stp.accepted", f.Accepted)
	query.Compare(&cs, "stp.score", ">=", f.ScoreFrom)
	query.Compare(&cs, "stp.score", "<=", f.ScoreTo)
	return query.SQL("EXISTS (SELECT 1 FROM step AS stp WHERE stp.course_id = res.course_id AND stp.result_id = res.id AND ?)", query.And(cs...))
}

// courseAssignmentIDs selects the ids of the assignments with Canvas ids in the course parent.k0.
func courseAssignmentIDs(canvasIDs []int64) query.Clause {
	return query.SQL("SELECT asg.id FROM assignment AS asg WHERE asg.course_id = parent.k0 AND ?", query.AnyOfIDs("asg.canvas_id", canvasIDs))
}

// ResultsOfStudent returns the conditions for the results of the person with a Canvas id, including those of
// the person's groups, under a parent whose keys are a course and an assignment: for the latest ones, or for
// those with the number of an attempt.
func ResultsOfStudent(sc query.Scope, canvasID int64, attempt *int) []query.Clause {
	picked, own := query.SQL(isLatest), "user_res.assignment_id = parent.k1 AND user_res.is_latest"
	if attempt != nil {
		picked, own = query.SQL("res.attempt = ?", *attempt), "user_res.assignment_id = parent.k1"
	}
	return []query.Clause{picked, query.InSubquery("res.id", userResultIDsWhere(own, parentCourse, courseUserID(sc, canvasID)))}
}

// courseUserID selects the id of the person with a Canvas id, in the account of the course
// parent.k0, or of the person of the course with the pseudonym in its place.
func courseUserID(sc query.Scope, canvasID int64) query.Clause {
	if sc.Pseudonyms.Exist() {
		return sc.Pseudonyms.Person(query.SQL("?", canvasID))
	}
	return query.SQL(`SELECT usr.id FROM "user" AS usr JOIN course AS crs ON crs.account_id = usr.account_id
		WHERE crs.id = parent.k0 AND usr.canvas_id = ?`, canvasID)
}
