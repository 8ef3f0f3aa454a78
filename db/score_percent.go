package db

import "github.com/momotor/resultgraph/db/query"

// A ScorePercentBasis says which number of points is 100 percent.
type ScorePercentBasis string

// The bases.
const (
	BasisMaxScore       ScorePercentBasis = "max_score"
	BasisPointsPossible ScorePercentBasis = "points_possible"
)

// finalStep is the step that computes the score of a result from the other steps. Its own score is no part
// of the maximum.
const finalStep = "finalize"

// maxScore returns the SQL of the sum of the maximum scores of the tasks that the caller sees and that have
// a score, without those of finalStep. It is null if one of them has no maximum, or if there are none.
func maxScore(sc query.Scope) query.Clause {
	return query.SQL(`(SELECT CASE WHEN count(*) = count(stp.max_score) THEN sum(stp.max_score) END FROM step AS stp
		WHERE stp.course_id = res.course_id AND stp.result_id = res.id AND stp.step_id <> '`+finalStep+`'
			AND (stp.score IS NOT NULL OR stp.max_score IS NOT NULL) AND ?)`, visibleSteps(sc.WithRows(), parentCourse))
}

// pointsPossible is the SQL of the points of the assignment in Canvas.
const pointsPossible = `(SELECT asg.points_possible FROM assignment AS asg
	WHERE asg.course_id = res.course_id AND asg.id = res.assignment_id)`

// scorePercent returns the SQL of the score in percent of the maximum score or, without one, of the points
// of the assignment.
func scorePercent(sc query.Scope) query.Clause {
	return query.SQL("100.0 * ? / coalesce(nullif(?, 0), nullif("+pointsPossible+", 0))", query.SQL("(?)", resultScore(sc, "res")), maxScore(sc))
}

// scorePercentBasis returns the SQL of the basis of scorePercent.
func scorePercentBasis(sc query.Scope) query.Clause {
	return query.SQL("CASE WHEN ? IS NULL THEN NULL WHEN ? <> 0 THEN '"+string(BasisMaxScore)+"' WHEN "+pointsPossible+" <> 0 THEN '"+string(BasisPointsPossible)+"' END",
		query.SQL("(?)", resultScore(sc, "res")), maxScore(sc))
}
