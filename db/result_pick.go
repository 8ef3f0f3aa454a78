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
	// PickLatest picks the attempt with the highest number, and PickFirst the one with the lowest.
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

// picked returns the condition that a result is the picked attempt: no other attempt that was submitted
// until AsOf precedes it.
//
// The numbers of attempts are no secret, so PickLatest and PickFirst go by all attempts; if the picked
// one is invisible, the student has none. PickBest goes by the visible attempts only: otherwise the
// absence of a result would reveal that an invisible one has a higher score.
func (s ResultSelection) picked(sc query.Scope, pick ResultPick) []query.Clause {
	switch {
	case pick == PickLatest && s.AsOf == nil:
		return []query.Clause{query.SQL(isLatest)}
	case pick == PickLatest:
		return s.precededByNone(query.SQL("oth.attempt > res.attempt"))
	case pick == PickFirst:
		return s.precededByNone(query.SQL("oth.attempt < res.attempt"))
	case pick == PickBest:
		other, own := comparableScore(sc, "oth"), comparableScore(sc, "res")
		return s.precededByNone(
			query.SQL("(? > ? OR ? = ? AND oth.attempt < res.attempt)", other, own, other, own),
			visibleResultsAs(sc.WithRows(), parentCourse, "oth"))
	}
	return nil
}

// precededByNone is the condition that no other attempt of the student meets the conditions, which are
// about result AS oth.
func (s ResultSelection) precededByNone(conditions ...query.Clause) []query.Clause {
	cs := query.Conditions(conditions)
	query.Compare(&cs, "oth.submitted_at", "<=", s.AsOf)
	return []query.Clause{query.SQL(`NOT EXISTS (SELECT 1 FROM result AS oth
		WHERE oth.course_id = res.course_id AND oth.assignment_id = res.assignment_id AND oth.user_id = res.user_id AND ?)`, query.And(cs...))}
}

// comparableScore returns the SQL of the score that the caller sees, or a number below all scores.
func comparableScore(sc query.Scope, alias string) query.Clause {
	return query.SQL("coalesce(?, -1e308)", resultScore(sc, alias))
}
