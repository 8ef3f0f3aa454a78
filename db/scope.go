package db

import (
	"github.com/momotor/resultgraph/db/query"
)

// These are the rules of visibility, which follow the roles of Momotor's LTI app. Reviewers
// (teachers, teaching assistants, API keys) see everything in their courses. Designers see
// configurations and no results. Students see the published results of themselves and their
// groups, without secret or hidden steps, and no step of a result that has an error or is not
// done.

// parentCourse is the course of the parent: on every edge to rows of a course it is the first
// element of the key. A condition on it does not depend on the rows, so that their indexes remain
// usable for the other conditions.
const parentCourse = "parent.k0"

// visibleCourses selects the courses that the caller may see.
func visibleCourses(sc query.Scope, column string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(column, sc.Review), query.In(column, sc.Design), query.In(column, sc.Learn))
}

// visibleResults selects rows of result AS res in a course.
func visibleResults(sc query.Scope, course string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(course, sc.Review), query.And(
		query.In(course, sc.Learn),
		query.SQL("res.secret IS NOT TRUE"),
		query.SQL(`EXISTS (SELECT 1 FROM assignment AS res_asg
			WHERE res_asg.course_id = res.course_id AND res_asg.id = res.assignment_id AND res_asg.published)`),
		query.SQL("res.id IN (?)", userResultIDs(course, query.SQL("?", sc.User))),
	))
}

// userResultIDs selects the ids of the results of some users in a course, including those of
// their groups.
func userResultIDs(course string, users query.Clause) query.Clause {
	return query.SQL(`SELECT own.id FROM result AS own
			WHERE own.course_id = `+course+` AND own.user_id IN (?)
		UNION ALL
		SELECT mem.result_id FROM result_member AS mem
			WHERE mem.course_id = `+course+` AND mem.user_id IN (?)`, users, users)
}

// visibleSteps selects rows of step AS stp in a course. Steps would reveal the errors of a recipe
// to learners. The steps of a result that is processed again are those of the previous run.
func visibleSteps(sc query.Scope, course string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(course, sc.Review), query.And(
		query.In(course, sc.Learn),
		query.SQL("stp.secret IS NOT TRUE AND NOT stp.hidden"),
		query.SQL(`EXISTS (SELECT 1 FROM result AS res
			WHERE res.course_id = stp.course_id AND res.id = stp.result_id
				AND res.state = 'done' AND res.has_error IS NOT TRUE AND ?)`, visibleResults(sc, course)),
	))
}

// visibleBundles selects rows of bundle AS bdl in a course. Learners see their products: results
// bundles hold secret steps, and configurations are for staff.
func visibleBundles(sc query.Scope, course string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(course, sc.Review),
		query.And(query.In(course, sc.Design), query.SQL("bdl.result_id IS NULL")),
		query.And(
			query.In(course, sc.Learn),
			query.SQL("bdl.kind = 'PRODUCT'"),
			query.SQL(`EXISTS (SELECT 1 FROM result AS res
				WHERE res.course_id = bdl.course_id AND res.id = bdl.result_id AND ?)`, visibleResults(sc, course)),
		))
}

// visibleUploads selects the courses whose uploads to Canvas the caller may see: those that the
// caller reviews.
func visibleUploads(sc query.Scope, column string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.In(column, sc.Review)
}

// visibleUsers selects rows of "user" AS usr in the course parent.k0: all people for reviewers,
// else the caller and the members of the caller's groups.
func visibleUsers(sc query.Scope) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(parentCourse, sc.Review),
		query.And(query.In(parentCourse, sc.Design), query.SQL("usr.id = ?", sc.User)),
		query.And(query.In(parentCourse, sc.Learn), query.SQL(`(usr.id = ? OR usr.id IN (
			SELECT mate.user_id FROM result_member AS me
			JOIN result_member AS mate ON mate.course_id = me.course_id AND mate.result_id = me.result_id
			WHERE me.course_id = parent.k0 AND me.user_id = ?))`, sc.User, sc.User)))
}

// maskColumn is a column of result AS res that differs between reviewers and learners.
func maskColumn(sc query.Scope, reviewer, learner string) query.Clause {
	switch {
	case sc.IsSystem():
		return query.Clause{}
	case sc.Learn.IsEmpty():
		return query.SQL(reviewer)
	case sc.Review.IsEmpty():
		return query.SQL(learner)
	}
	return query.SQL("CASE WHEN ? THEN "+reviewer+" ELSE "+learner+" END", query.In("res.course_id", sc.Review))
}
