package db

import (
	"github.com/momotor/resultgraph/db/query"
)

// This file contains what callers with pseudonyms see of people. A random number of the caller's API key
// replaces the id of a person in Canvas and in global ids, and is a part of the names: see query.Pseudonyms.
// Texts that people wrote, or that can name them, are missing.

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
		return query.SQL("('student-' || ?)", number) // also for people without a login, who would stand out
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
		return query.SQL(user+" = ?", sc.Pseudonyms.Person(known))
	}
	return query.SQL(user+" = ?", known)
}
