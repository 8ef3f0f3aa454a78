package query

import (
	"github.com/uptrace/bun/schema"
)

// Pseudonyms are the numbers that replace the ids of people for the callers with one API key. The zero
// Pseudonyms replace nothing. They are stored in the table pseudonym, which the database fills when a key or a
// person is added.
type Pseudonyms struct {
	exist bool
	key   pseudonymKey
}

// Exist reports whether people are replaced.
func (p Pseudonyms) Exist() bool { return p.exist }

// Number returns the SQL of the pseudonym of a person. Column is the SQL of the person's id.
func (p Pseudonyms) Number(column string) Clause {
	return SQL("(SELECT psn.number FROM pseudonym AS psn WHERE psn.api_key_id = ? AND psn.user_id = "+column+")", p.key)
}

// Person returns the SQL of the id of the person with a pseudonym, which is null if there is none.
func (p Pseudonyms) Person(number Clause) Clause {
	return SQL("(SELECT psn.user_id FROM pseudonym AS psn WHERE psn.api_key_id = ? AND psn.number = ?)", p.key, number)
}

// A pseudonymKey is the id of an API key in Pseudonyms.
type pseudonymKey int64

// AppendQuery appends the id.
func (k pseudonymKey) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	return appendScopeNumber(gen, b, fromPseudonymKey, int64(k))
}
