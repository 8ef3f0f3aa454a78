package query

import (
	"context"
	"fmt"
)

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

// ShareKeys prepares a plan for the keys of its parents.
func (p *Plan) ShareKeys(db *DB, keys []Key) { p.shareKeys(db, keys) }

// PreparedSQLite returns the number of statements that are prepared on a connection of OpenSQLite.
func PreparedSQLite(conn any) int { return len(conn.(*sqliteConn).prepared) }

// MaxPrepared is the maximum number of prepared statements of a connection.
const MaxPrepared = maxPrepared

// Begin begins the transaction of a snapshot, as the first read of an edge does.
func (sn *Snapshot) Begin(ctx context.Context) error {
	_, release, err := sn.acquire(ctx)
	if err == nil {
		release()
	}
	return err
}

// RowsOf returns rows of a database that have one cell each, the index of the parent.
func RowsOf(parents ...string) *Rows { return &Rows{source: &fixedRows{parents}} }

type fixedRows struct{ parents []string }

func (r *fixedRows) next() ([][]byte, error) {
	if len(r.parents) == 0 {
		return nil, nil
	}
	cell := []byte(r.parents[0])
	r.parents = r.parents[1:]
	return [][]byte{cell}, nil
}

func (*fixedRows) close() error { return nil }

// ErrRowOrder is the error of rows in a wrong order.
var ErrRowOrder = errRowOrder
