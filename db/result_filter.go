package db

import (
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// A ResultFilter selects results. Nil conditions select all.
type ResultFilter struct {
	State                            []ResultState
	Accepted, HasError, Late, Latest *bool
	SectionCanvasID, UserCanvasID    *int64
	Attempt                          *int
	SubmittedFrom, SubmittedBefore   *time.Time
	ProcessedFrom, ProcessedBefore   *time.Time
	ChangedSince                     *int64
}

// PersonalCondition returns the name of a condition that selects results of one person, or of single attempts
// of persons; "" if there is none.
func (f *ResultFilter) PersonalCondition() string {
	switch {
	case f == nil:
	case f.UserCanvasID != nil:
		return "userCanvasId"
	case f.Attempt != nil:
		return "attempt"
	}
	return ""
}

// Clauses returns the conditions of the filter; a nil filter has none.
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
	if f.SectionCanvasID != nil {
		cs.Add(isInSection("res.user_id", *f.SectionCanvasID))
	}
	if f.UserCanvasID != nil {
		cs.Add(query.InSubquery("res.id", userResultIDs("parent.k0", courseUserID(sc, *f.UserCanvasID))))
	}
	query.Compare(&cs, "res.attempt", "=", f.Attempt)
	query.Compare(&cs, "res.submitted_at", ">=", f.SubmittedFrom)
	query.Compare(&cs, "res.submitted_at", "<", f.SubmittedBefore)
	query.Compare(&cs, "res.processed_at", ">=", f.ProcessedFrom)
	query.Compare(&cs, "res.processed_at", "<", f.ProcessedBefore)
	query.Compare(&cs, "res.sequence_id", ">", f.ChangedSince)
	return cs
}

// courseUserID selects the id of the person with a Canvas id, in the account of the course
// parent.k0, or of the person of the course with the pseudonym in its place.
func courseUserID(sc query.Scope, canvasID int64) query.Clause {
	if sc.Pseudonyms.Exist() {
		return personWithPseudonym(sc, query.SQL("?", canvasID))
	}
	return query.SQL(`SELECT usr.id FROM "user" AS usr JOIN course AS crs ON crs.account_id = usr.account_id
		WHERE crs.id = parent.k0 AND usr.canvas_id = ?`, canvasID)
}
