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

// PreparedSQLite returns the number of statements that are prepared on a connection of OpenSQLite.
func PreparedSQLite(conn any) int { return len(conn.(*sqliteConn).prepared) }

// MaxPrepared is the maximum number of prepared statements of a connection.
const MaxPrepared = maxPrepared
