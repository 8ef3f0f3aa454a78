package db

import (
	"github.com/momotor/resultgraph/db/query"
)

// The rules of who may see which rows are those of the roles of Momotor's LTI app. Reviewers
// (teachers, teaching assistants, API keys) see everything of their courses. Designers see
// configurations and no results. Students see the published results of themselves and of
// their groups, without secret or hidden steps; of a result that has an error or is not
// done they see no step at all.

// parentCourse is the course of the parent of rows: on every edge to rows of a course, the
// first part of the key. A condition on it needs no look at the rows, and leaves the
// indexes of their own columns to those that select.
const parentCourse = "k.k0"

// visibleCourses limits rows to courses that the caller may see at all.
func visibleCourses(sc query.Scope, column string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(column, sc.Review), query.In(column, sc.Design), query.In(column, sc.Learn))
}

// visibleResults limits rows of result AS r in a course.
func visibleResults(sc query.Scope, course string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(course, sc.Review), query.And(
		query.In(course, sc.Learn),
		query.SQL("r.secret IS NOT TRUE"),
		query.SQL(`EXISTS (SELECT 1 FROM assignment AS ra
			WHERE ra.course_id = r.course_id AND ra.id = r.assignment_id AND ra.published)`),
		query.SQL("r.id IN (?)", userResultIDs(course, query.SQL("?", sc.User))),
	))
}

// userResultIDs reads the ids of the results of some users in a course, groups' included.
func userResultIDs(course string, users query.Clause) query.Clause {
	return query.SQL(`SELECT own.id FROM result AS own
			WHERE own.course_id = `+course+` AND own.user_id IN (?)
		UNION ALL
		SELECT m.result_id FROM result_member AS m
			WHERE m.course_id = `+course+` AND m.user_id IN (?)`, users, users)
}

// visibleSteps limits rows of step AS s in a course to those of results that the caller may see.
// Steps would tell a learner what went wrong with a recipe; those of a result that is being
// processed once more are of the time before, of which it is not known any more.
func visibleSteps(sc query.Scope, course string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(course, sc.Review), query.And(
		query.In(course, sc.Learn),
		query.SQL("s.secret IS NOT TRUE AND NOT s.hidden"),
		query.SQL(`EXISTS (SELECT 1 FROM result AS r
			WHERE r.course_id = s.course_id AND r.id = s.result_id
				AND r.state = 'done' AND r.has_error IS NOT TRUE AND ?)`, visibleResults(sc, course)),
	))
}

// visibleBundles limits rows of bundle AS b in a course. A learner gets back what was handed in; results
// bundles hold secret steps, and configurations are not the learner's.
func visibleBundles(sc query.Scope, course string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(course, sc.Review),
		query.And(query.In(course, sc.Design), query.SQL("b.result_id IS NULL")),
		query.And(
			query.In(course, sc.Learn),
			query.SQL("b.kind = 'PRODUCT'"),
			query.SQL(`EXISTS (SELECT 1 FROM result AS r
				WHERE r.course_id = b.course_id AND r.id = b.result_id AND ?)`, visibleResults(sc, course)),
		))
}

// visibleUploads limits rows to courses of which the caller may see what is sent to Canvas: those
// that the caller reviews.
func visibleUploads(sc query.Scope, column string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.In(column, sc.Review)
}

// visibleUsers limits rows of "user" AS u in the course k.k0: everybody for reviewers, else the
// caller and the members of the caller's groups.
func visibleUsers(sc query.Scope) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(parentCourse, sc.Review),
		query.And(query.In(parentCourse, sc.Design), query.SQL("u.id = ?", sc.User)),
		query.And(query.In(parentCourse, sc.Learn), query.SQL(`(u.id = ? OR u.id IN (
			SELECT mate.user_id FROM result_member AS me
			JOIN result_member AS mate ON mate.course_id = me.course_id AND mate.result_id = me.result_id
			WHERE me.course_id = k.k0 AND me.user_id = ?))`, sc.User, sc.User)))
}

// maskColumn spells a column of result AS r that learners do not get to see as it is.
func maskColumn(sc query.Scope, reviewer, learner string) query.Clause {
	switch {
	case sc.IsSystem():
		return query.Clause{}
	case sc.Learn.IsEmpty():
		return query.SQL(reviewer)
	case sc.Review.IsEmpty():
		return query.SQL(learner)
	}
	return query.SQL("CASE WHEN ? THEN "+reviewer+" ELSE "+learner+" END", query.In("r.course_id", sc.Review))
}
