package db

import (
	"github.com/momotor/resultgraph/db/query"
)

// This file contains what callers with pseudonyms see of people. The number that replaces a person is a hash
// of the person's id with the secret of the caller's API key. It replaces the id in Canvas and in global ids,
// and it is a part of the names. Texts that people wrote, or that can name them, are missing.

// personID returns the SQL of the id of a person that the caller sees. Column is the SQL of the id.
func personID(sc query.Scope, column string) query.Clause {
	if sc.Pseudonyms.Exist() {
		return sc.Pseudonyms.Number(column)
	}
	return query.SQL(column)
}

// personColumn returns the SQL of a column of "user" AS usr that identifies the person. It returns an empty
// clause for the stored value.
func personColumn(sc query.Scope, column string) query.Clause {
	if !sc.Pseudonyms.Exist() {
		return query.Clause{}
	}
	number := personID(sc, "usr.id")
	switch column {
	case "canvas_id":
		return number
	case "login_id":
		return query.SQL("CASE WHEN usr.login_id IS NOT NULL THEN 'student-' || ? END", number)
	}
	return query.SQL("('Student ' || ?)", number)
}

// freeText returns the SQL of a column with a text that can name people. It returns an empty clause for the
// stored value.
func freeText(sc query.Scope) query.Clause {
	if sc.Pseudonyms.Exist() {
		return query.SQL("NULL")
	}
	return query.Clause{}
}

// fixedLabel returns the SQL of the label of a result. Callers with pseudonyms see only the labels of states,
// which name nobody. The parameter label is the SQL of the label for callers without pseudonyms.
func fixedLabel(sc query.Scope, label query.Clause) query.Clause {
	if !sc.Pseudonyms.Exist() {
		return label
	}
	return query.SQL("CASE WHEN ? IN ('Accepted', 'Rejected', 'Recipe error', 'Paused', 'Queued', 'Processing', 'Postponed') THEN ? END", label, label)
}

// isPerson returns the condition that a person is the one with an id that the caller knows. The parameter
// user is the SQL of the stored id, and known that of the known id, in the course parent.k0.
func isPerson(sc query.Scope, user string, known query.Clause) query.Clause {
	if sc.Pseudonyms.Exist() {
		return query.SQL(user+" = (?)", personWithPseudonym(sc, known))
	}
	return query.SQL(user+" = ?", known)
}

// personWithPseudonym selects the id of the person of the course parent.k0 with a pseudonym. It computes the
// pseudonyms of all people of the course. The end of the inner subquery prevents that the database computes
// one for each result instead.
func personWithPseudonym(sc query.Scope, known query.Clause) query.Clause {
	return query.SQL(`SELECT psn.user_id FROM (
			SELECT enr.user_id FROM enrollment AS enr WHERE enr.course_id = parent.k0
			UNION SELECT res.user_id FROM result AS res WHERE res.course_id = parent.k0
			UNION SELECT mem.user_id FROM result_member AS mem WHERE mem.course_id = parent.k0 ?
		) AS psn WHERE ? = ? LIMIT 1`, query.NoPushdown, personID(sc, "psn.user_id"), known)
}
