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
// The statement of a guard sees the store as it is when the snapshot begins to read. If the snapshot
// reads several statements, the guard belongs to the same state as they do. Otherwise the guard can be a
// little older than the only statement, and never younger.
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

// A FixedStatement is a statement whose text is a part of the program. Each connection prepares it at
// its first use.
type FixedStatement struct{ st *statement }

// NewFixedStatement returns the statement with a text, whose parameters are $1, $2, and so on.
func NewFixedStatement(sql string) *FixedStatement {
	st := newStatement(sql, nil)
	st.repeated = true
	return &FixedStatement{st}
}

// AddGuards adds guards to the snapshot. The first Read sends their statements before its own. If no
// Read follows, CheckGuards or the end of ReadPlans sends them. ReadPlans therefore returns nil only if all
// guards have passed. AddGuards must be called before ReadPlans.
func (sn *Snapshot) AddGuards(guards ...Guard) { sn.guards = append(sn.guards, guards...) }

// CheckGuards runs only guards, in one round trip.
func (db *DB) CheckGuards(ctx context.Context, guards ...Guard) error {
	return db.InSnapshot(ctx, false, func(sn *Snapshot) error {
		sn.AddGuards(guards...)
		return sn.ReadPlans(ctx, func() error { return nil })
	})
}

// takeGuards returns the requests of the guards that were not sent yet, and a function that checks the
// first rows of the answer.
func (sn *Snapshot) takeGuards() (requests []request, check func([]*Rows) error) {
	guards := sn.guards
	sn.guards = nil
	for i := range guards {
		requests = append(requests, request{guard: &guards[i]})
	}
	return requests, func(rows []*Rows) error {
		for i := range guards {
			if err := guards[i].check(rows[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// CheckGuards checks the guards that no Read has sent. The function that ReadPlans calls must call it after
// its last Read, before it uses anything that depends on the guards.
func (sn *Snapshot) CheckGuards(ctx context.Context) error {
	requests, check := sn.takeGuards()
	if len(requests) == 0 {
		return nil
	}
	rows, err := sn.session.read(ctx, sn.db, Scope{}, requests, false)
	if err != nil {
		return WrapError(err)
	}
	return WrapError(check(rows))
}

// check calls Check and ends the statement. An open statement would keep its state of the store on a
// connection to SQLite, also for later snapshots.
func (g *Guard) check(rows *Rows) error {
	rows.orderless = true
	checkErr := g.Check(rows)
	for rows.Next() != nil {
	}
	closeErr := rows.Close()
	if checkErr != nil {
		return fmt.Errorf("%w: %w", ErrGuard, checkErr)
	}
	return closeErr
}
