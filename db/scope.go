package db

import (
	"github.com/momotor/resultgraph/db/query"
)

// This file contains the rules of visibility, which follow the roles of Momotor's LTI app. Each
// function returns an SQL condition.
//
// Reviewers (teachers, teaching assistants and API keys) see everything in their courses. Designers
// see configurations and no results. Learners (students) see their own results and those of their
// groups, if the assignment is published, without secret or hidden steps; they see no steps of a
// result that has an error or is not done.

// Callers who may read only figures see courses, sections and assignments, and no row of a person or about
// one person: see query.Scope.FiguresOnly. Callers with pseudonyms see these rows with the columns of
// pseudonym.go, and no files.

// parentCourse is the SQL of the parent's course, which is the first element of the key on every
// edge to rows of a course. Conditions use it instead of the course of the row: it does not depend on
// the row, so that the database can use an index for the other conditions.
const parentCourse = "parent.k0"

// visibleCourses selects the courses that the caller may see. Column is the SQL of the course.
func visibleCourses(sc query.Scope, column string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(column, sc.Review), query.In(column, sc.Design), query.In(column, sc.Learn))
}

// fixedRule returns the rule for rows of persons or about one person that is the same for all such rows, and
// whether there is one.
func fixedRule(sc query.Scope) (rule query.Clause, ok bool) {
	switch {
	case sc.IsSystem():
		return query.Always, true
	case sc.FiguresOnly():
		return query.Never, true
	}
	return query.Clause{}, false
}

// visibleResults selects rows of result AS res in a course. Course is the SQL of the course.
func visibleResults(sc query.Scope, course string) query.Clause {
	return visibleResultsAs(sc, course, "res")
}

// visibleResultsAs is visibleResults for a result with another alias.
func visibleResultsAs(sc query.Scope, course, alias string) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Or(query.In(course, sc.Review), query.And(
		query.In(course, sc.Learn),
		query.SQL(alias+".secret IS NOT TRUE"),
		query.SQL(`EXISTS (SELECT 1 FROM assignment AS res_asg
			WHERE res_asg.course_id = `+alias+`.course_id AND res_asg.id = `+alias+`.assignment_id AND res_asg.published)`),
		query.SQL(alias+".id IN (?)", userResultIDs(course, query.SQL("?", sc.User))),
	))
}

// userResultIDs selects the ids of the results of users in a course, including the results of their
// groups. The parameter users is an expression or a subquery for the ids of the users.
func userResultIDs(course string, users query.Clause) query.Clause {
	return userResultIDsWhere("TRUE", course, users)
}

// userResultIDsWhere is userResultIDs with a condition on user_res. It may leave out results that the caller
// leaves out anyway, so that they are not read.
func userResultIDsWhere(condition, course string, users query.Clause) query.Clause {
	return query.SQL(`SELECT user_res.id FROM result AS user_res
			WHERE user_res.course_id = `+course+` AND user_res.user_id IN (?) AND `+condition+`
		UNION ALL
		SELECT mem.result_id FROM result_member AS mem
			WHERE mem.course_id = `+course+` AND mem.user_id IN (?)`, users, users)
}

// visibleSteps selects rows of step AS stp in a course. Learners see no steps of a result with an
// error, because steps reveal mistakes in the recipe, and none of a result that is being processed
// again, because its steps belong to the previous run.
func visibleSteps(sc query.Scope, course string) query.Clause {
	if rule, ok := fixedRule(sc); ok {
		return rule
	}
	return query.Or(query.In(course, sc.Review), query.And(
		query.In(course, sc.Learn),
		query.SQL("stp.secret IS NOT TRUE AND NOT stp.hidden"),
		query.SQL(`EXISTS (SELECT 1 FROM result AS res
			WHERE res.course_id = stp.course_id AND res.id = stp.result_id
				AND res.state = 'done' AND res.has_error IS NOT TRUE AND ?)`, visibleResults(sc, course)),
	))
}

// visibleStepsOfResult selects rows of step AS stp of a result that the statement reads only if the caller sees it.
// A caller who is a learner in no course sees all steps of such a result. PostgreSQL reads them faster without a
// condition.
func visibleStepsOfResult(sc query.Scope, course string) query.Clause {
	if sc.Learn.IsEmpty() && !sc.FiguresOnly() {
		return query.Always
	}
	return visibleSteps(sc, course)
}

// visibleBundles selects rows of bundle AS bdl in a course. Learners see only their products,
// because results bundles contain secret steps and configurations are for staff. Callers with pseudonyms
// see none, because any file can name people.
func visibleBundles(sc query.Scope, course string) query.Clause {
	if rule, ok := fixedRule(sc); ok {
		return rule
	}
	if sc.Pseudonyms.Exist() {
		return query.Never
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

// visibleToReviewers selects rows that only reviewers of their course may see, such as uploads and
// jobs. Column is the SQL of the id of the course.
func visibleToReviewers(sc query.Scope, column string) query.Clause {
	if rule, ok := fixedRule(sc); ok {
		return rule
	}
	return query.In(column, sc.Review)
}

// visibleUsers selects rows of "user" AS usr in the course parent.k0. Reviewers see all people,
// designers only themselves, and learners themselves and the group members of the results that they
// see.
func visibleUsers(sc query.Scope) query.Clause {
	if rule, ok := fixedRule(sc); ok {
		return rule
	}
	return query.Or(query.In(parentCourse, sc.Review),
		query.And(query.In(parentCourse, sc.Design), query.SQL("usr.id = ?", sc.User)),
		query.And(query.In(parentCourse, sc.Learn), isSelfOrGroupMember(sc)))
}

// isSelfOrGroupMember selects rows of "user" AS usr who are the caller, or members of the group of a result
// that the caller sees as a learner in the course parent.k0. PostgreSQL builds the list of the members for
// each parent. SQLite would build it for each person of the course, so there the list is of all courses, and
// does not depend on the parent.
func isSelfOrGroupMember(sc query.Scope) query.Clause {
	return query.ByDatabase(
		query.InSubquery("usr.id", query.SQL(`SELECT CAST(? AS bigint) UNION ALL
			SELECT mem.user_id FROM result AS res
			JOIN result_member AS mem ON mem.course_id = res.course_id AND mem.result_id = res.id
			WHERE res.course_id = parent.k0 AND ?`, sc.User, visibleResults(sc, parentCourse))),
		query.SQL(`(usr.id = ? OR (parent.k0, usr.id) IN (SELECT mem.course_id, mem.user_id
			FROM (
				SELECT user_res.course_id, user_res.id FROM result AS user_res WHERE ? AND user_res.user_id = ?
				UNION ALL
				SELECT user_mem.course_id, user_mem.result_id FROM result_member AS user_mem WHERE ? AND user_mem.user_id = ?
			) AS own
			CROSS JOIN result AS res ON res.course_id = own.course_id AND res.id = own.id
			CROSS JOIN result_member AS mem ON mem.course_id = res.course_id AND mem.result_id = res.id
			WHERE ?))`,
			sc.User, query.In("user_res.course_id", sc.Learn), sc.User, query.In("user_mem.course_id", sc.Learn), sc.User,
			visibleResults(sc, "res.course_id")))
}

// visiblePreferences selects rows of preference AS prf in the course parent.k0: only reviewers have
// preferences, and see only their own.
func visiblePreferences(sc query.Scope) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.And(query.In(parentCourse, sc.Review), query.SQL("prf.user_id = ?", sc.User))
}

// maskColumn returns the SQL of a column of the result with an alias that has different values for
// reviewers and learners. For the system scope it returns an empty clause, which means the stored value.
func maskColumn(sc query.Scope, alias, reviewer, learner string) query.Clause {
	switch {
	case sc.IsSystem():
		return query.Clause{}
	case sc.Learn.IsEmpty():
		return query.SQL(reviewer)
	case sc.Review.IsEmpty():
		return query.SQL(learner)
	}
	return query.SQL("CASE WHEN ? THEN "+reviewer+" ELSE "+learner+" END", query.In(alias+".course_id", sc.Review))
}
