package query

import "fmt"

// Shape returns the shape of a plan, the key of the statement cache.
func (p *Plan) Shape(db *DB, sc Scope) string {
	shape, _ := p.appendShape(db, sc, nil)
	return string(shape)
}

// Statement returns the SQL that is built for a plan, with the sources of its parameters.
func (p *Plan) Statement(db *DB, sc Scope) (string, error) {
	st, err := p.buildStatement(db, sc)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s with the parameters %v", st.sql, st.params), nil
}
