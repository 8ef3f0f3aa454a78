package db

// The rules of who may see which rows are those of the roles of Momotor's LTI app. Reviewers
// (teachers, teaching assistants, API keys) see everything of their courses. Designers see
// configurations and no results. Students see the published results of themselves and of
// their groups, without secret or hidden steps; of a result that has an error or is not
// done they see no step at all.

// keyCourse is the course of the parent of rows: on every edge to rows of a course, the
// first part of the key. A condition on it needs no look at the rows, and leaves the
// indexes of their own columns to those that select.
const keyCourse = "k.k0"

// visibleCourses limits rows to courses that the caller may see at all.
func visibleCourses(sc Scope, column string) Clause {
	if sc.IsSystem() {
		return always
	}
	return or(in(column, sc.review), in(column, sc.design), in(column, sc.learn))
}

// visibleResults limits rows of result AS r in a course.
func visibleResults(sc Scope, course string) Clause {
	if sc.IsSystem() {
		return always
	}
	return or(in(course, sc.review), and(
		in(course, sc.learn),
		clause("r.secret IS NOT TRUE"),
		clause(`EXISTS (SELECT 1 FROM assignment AS ra
			WHERE ra.course_id = r.course_id AND ra.id = r.assignment_id AND ra.published)`),
		clause("r.id IN (?)", resultsOf(course, clause("?", sc.user))),
	))
}

// resultsOf reads the ids of the results of some users in a course, groups' included.
func resultsOf(course string, users Clause) Clause {
	return clause(`SELECT own.id FROM result AS own
			WHERE own.course_id = `+course+` AND own.user_id IN (?)
		UNION ALL
		SELECT m.result_id FROM result_member AS m
			WHERE m.course_id = `+course+` AND m.user_id IN (?)`, users, users)
}

// visibleSteps limits rows of step AS s in a course to those of results that the caller may see.
// Steps would tell a learner what went wrong with a recipe; those of a result that is being
// processed once more are of the time before, of which it is not known any more.
func visibleSteps(sc Scope, course string) Clause {
	if sc.IsSystem() {
		return always
	}
	return or(in(course, sc.review), and(
		in(course, sc.learn),
		clause("s.secret IS NOT TRUE AND NOT s.hidden"),
		clause(`EXISTS (SELECT 1 FROM result AS r
			WHERE r.course_id = s.course_id AND r.id = s.result_id
				AND r.state = 'done' AND r.has_error IS NOT TRUE AND ?)`, visibleResults(sc, course)),
	))
}

// visibleBundles limits rows of bundle AS b in a course. A learner gets back what was handed in; results
// bundles hold secret steps, and configurations are not the learner's.
func visibleBundles(sc Scope, course string) Clause {
	if sc.IsSystem() {
		return always
	}
	return or(in(course, sc.review),
		and(in(course, sc.design), clause("b.result_id IS NULL")),
		and(
			in(course, sc.learn),
			clause("b.kind = 'PRODUCT'"),
			clause(`EXISTS (SELECT 1 FROM result AS r
				WHERE r.course_id = b.course_id AND r.id = b.result_id AND ?)`, visibleResults(sc, course)),
		))
}

// visibleUploads limits rows to courses of which the caller may see what is sent to Canvas: those
// that the caller reviews.
func visibleUploads(sc Scope, column string) Clause {
	if sc.IsSystem() {
		return always
	}
	return in(column, sc.review)
}

// visibleUsers limits rows of "user" AS u in the course k.k0: everybody for reviewers, else the
// caller and the members of the caller's groups.
func visibleUsers(sc Scope) Clause {
	if sc.IsSystem() {
		return always
	}
	return or(in(keyCourse, sc.review),
		and(in(keyCourse, sc.design), clause("u.id = ?", sc.user)),
		and(in(keyCourse, sc.learn), clause(`(u.id = ? OR u.id IN (
			SELECT mate.user_id FROM result_member AS me
			JOIN result_member AS mate ON mate.course_id = me.course_id AND mate.result_id = me.result_id
			WHERE me.course_id = k.k0 AND me.user_id = ?))`, sc.user, sc.user)))
}

// maskColumn spells a column of result AS r that learners do not get to see as it is.
func maskColumn(sc Scope, reviewer, learner string) Clause {
	switch {
	case sc.IsSystem():
		return Clause{}
	case sc.learn.isEmpty():
		return clause(reviewer)
	case sc.review.isEmpty():
		return clause(learner)
	}
	return clause("CASE WHEN ? THEN "+reviewer+" ELSE "+learner+" END", in("r.course_id", sc.review))
}
