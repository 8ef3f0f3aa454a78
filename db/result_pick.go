package db

import (
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// A ResultPick says which attempts of a student at an assignment count. The student is the one who
// submitted, so the result of a group counts as an attempt of that student.
type ResultPick string

// The picks.
const (
	// PickLatest picks the attempt with the highest number, and PickFirst the one with the lowest: see picked.
	PickLatest ResultPick = "latest"
	PickFirst  ResultPick = "first"
	// PickBest picks the attempt with the highest score that the caller sees. Attempts without a score
	// come last, and the earlier of two attempts with equal scores wins.
	PickBest ResultPick = "best"
	PickAll  ResultPick = "all"
)

// A ResultSelection selects the results of a list or a figure. The conditions apply in this order: AsOf
// leaves out later submissions, Pick picks attempts of those that remain, and Filter selects among the
// picked ones.
type ResultSelection struct {
	Filter *ResultFilter
	// Pick is nil for the default of the list: see PickOr.
	Pick *ResultPick
	// AsOf leaves out results that were submitted after it. The states and scores of the others are
	// those of today. Nil leaves out none.
	AsOf *time.Time
}

// PickOr returns the pick, or byDefault if the selection has none. A filter that says which attempts
// are the latest ones replaces the default.
func (s ResultSelection) PickOr(byDefault ResultPick) ResultPick {
	switch {
	case s.Pick != nil:
		return *s.Pick
	case s.Filter != nil && s.Filter.Latest != nil:
		return PickAll
	}
	return byDefault
}

// Clauses returns the conditions on result AS res under a parent whose first key is the course.
func (s ResultSelection) Clauses(sc query.Scope, byDefault ResultPick) []query.Clause {
	var cs query.Conditions
	query.Compare(&cs, "res.submitted_at", "<=", s.AsOf)
	cs = append(cs, s.picked(sc, s.PickOr(byDefault))...)
	return append(cs, s.Filter.Clauses(sc)...)
}

// picked returns the condition that a result is the picked attempt: no other attempt that the caller sees and
// that was submitted until AsOf precedes it. Invisible attempts do not count: otherwise the absence of a
// result would reveal that one has a higher score, or when it was submitted.
//
// PickLatest without AsOf is an exception, because the number of the latest attempt is no secret: if that
// attempt is invisible, the student has none.
func (s ResultSelection) picked(sc query.Scope, pick ResultPick) []query.Clause {
	switch {
	case pick == PickLatest && s.AsOf == nil:
		return []query.Clause{query.SQL(isLatest)}
	case pick == PickLatest:
		return s.precededByNone(sc, query.SQL("oth.attempt > res.attempt"))
	case pick == PickFirst:
		return s.precededByNone(sc, query.SQL("oth.attempt < res.attempt"))
	case pick == PickBest:
		other, own := comparableScore(sc, "oth"), comparableScore(sc, "res")
		return s.precededByNone(sc, query.SQL("(? > ? OR ? = ? AND oth.attempt < res.attempt)", other, own, other, own))
	}
	return nil
}

// precededByNone is the condition that no other visible attempt of the student meets a condition, which is
// about result AS oth.
func (s ResultSelection) precededByNone(sc query.Scope, condition query.Clause) []query.Clause {
	cs := query.Conditions{condition}
	query.Compare(&cs, "oth.submitted_at", "<=", s.AsOf)
	if !sc.Learn.IsEmpty() { // others see all attempts of a student or none
		cs.Add(visibleResultsAs(sc.WithRows(), parentCourse, "oth"))
	}
	return []query.Clause{query.SQL(`NOT EXISTS (SELECT 1 FROM result AS oth
		WHERE oth.course_id = res.course_id AND oth.assignment_id = res.assignment_id AND oth.user_id = res.user_id AND ?)`, query.And(cs...))}
}

// comparableScore returns the SQL of the score that the caller sees, or a number below all scores.
func comparableScore(sc query.Scope, alias string) query.Clause {
	return query.SQL("coalesce(?, -1e308)", resultScore(sc, alias))
}
