package query

import (
	"context"
	"errors"
	"fmt"
)

// A Guard is a check that must pass before the rows of a snapshot are used, such as that the caller's
// key is still valid. Its statement travels with the first statement of the snapshot, so that it needs
// no round trip of its own.
//
// The statement of a guard sees the present state of the store, or a later one than any that was
// read before the request came. If the snapshot reads several statements, the guard belongs to the same
// state as they do. If it reads one statement only, the guard can be a little older than the statement,
// and never younger.
type Guard struct {
	Statement *FixedStatement
	// Values are the values of the statement's parameters, of types that AppendCell knows.
	Values []any
	// Check reads the rows. After an error the snapshot fails, before any other row is read, with an
	// error in which errors.Is finds ErrGuard and the error of Check.
	Check func(*Rows) error
}

// ErrGuard is the error of a snapshot with a Guard that did not pass.
var ErrGuard = errors.New("the guard of a snapshot did not pass")

// check calls Check.
func (g *Guard) check(rows *Rows) error {
	if err := g.Check(rows); err != nil {
		return fmt.Errorf("%w: %w", ErrGuard, err)
	}
	return nil
}

// A FixedStatement is a statement whose text is a part of the program. Each connection prepares it at
// its first use.
type FixedStatement struct{ st *statement }

// NewFixedStatement returns the statement with a text, whose parameters are $1, $2 … on PostgreSQL and
// question marks on SQLite.
func NewFixedStatement(sql string) *FixedStatement {
	st := newStatement(sql, nil)
	st.repeated = true
	return &FixedStatement{st}
}

// AddGuards adds guards to the snapshot. The first Read sends their statements before its own. If no
// Read follows, ReadPlans sends them at its end. ReadPlans therefore returns nil only if all guards have
// passed. AddGuards must be called before ReadPlans.
func (sn *Snapshot) AddGuards(guards ...Guard) { sn.guards = append(sn.guards, guards...) }

// CheckGuards runs only guards, in one round trip.
func (db *DB) CheckGuards(ctx context.Context, guards ...Guard) error {
	return db.InSnapshot(ctx, false, func(sn *Snapshot) error {
		sn.AddGuards(guards...)
		return sn.ReadPlans(ctx, func() error { return nil })
	})
}

// values returns the values of the statement in PostgreSQL's text format.
func (g *Guard) values() ([][]byte, error) {
	values := make([][]byte, len(g.Values))
	for i, v := range g.Values {
		cell, err := AppendCell(nil, v)
		if err != nil {
			return nil, err
		}
		values[i] = cell
	}
	return values, nil
}
