package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/uptrace/bun"
)

// A Snapshot reads one consistent state of the store, which concurrent changes do not affect. It
// uses one connection, which reads one statement at a time: first along edges (see DB), and then
// plans (see ReadPlans).
type Snapshot struct {
	db   *DB
	conn *sql.Conn
	// mu is locked while an edge reads a statement.
	mu sync.Mutex
	// inTx is set when the transaction has begun.
	inTx bool
	// session reads plans; it is nil before ReadPlans.
	session session
	// guards are the guards that were not sent yet.
	guards []Guard
	// lists are the values of lists that were read, by the name of the list.
	lists map[string]*listValues
	// Statements counts the statements of the plans that were read.
	Statements int
}

// A session reads plans in one transaction, on a connection to PostgreSQL or SQLite.
type session interface {
	// read sends the requests together. It returns the rows of each, which must be read to their end
	// and closed before those of the next. The parameter more must be set if another read follows.
	read(ctx context.Context, db *DB, sc Scope, requests []request, more bool) ([]*Rows, error)
	// end ends the transaction. If reading or ending fails, PostgreSQL's connection is closed.
	end(ctx context.Context, failed bool) error
}

// A request is a plan with the keys of its parents, or a guard.
type request struct {
	plan  *Plan
	keys  []Key
	guard *Guard
}

// needSnapshot reports whether the requests must read the same state of the store.
func needSnapshot(requests []request) bool {
	n := len(requests)
	return n > 1 && requests[n-2].guard == nil
}

// InSnapshot calls f with a snapshot that ends when f returns. Large must be set if f reads many
// rows: it then waits for other large readers first. When ctx is done, the database cancels the
// running statement. InSnapshot fails with ErrBusy, without calling f, if no connection is free in
// time.
func (db *DB) InSnapshot(ctx context.Context, large bool, f func(*Snapshot) error) error {
	acquire := db.admission.acquire
	if large {
		acquire = db.admission.acquireLarge
	}
	release, err := acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	conn, err := db.DB.DB.Conn(ctx)
	if err != nil {
		return WrapError(err)
	}
	defer conn.Close()
	sn := &Snapshot{db: db, conn: conn}
	err = f(sn)
	if sn.session == nil && sn.inTx {
		return errors.Join(err, sn.ReadPlans(ctx, func() error { return err }))
	}
	return err
}

// DB returns a database whose edges read from the snapshot. It must not be used after ReadPlans
// was called.
func (sn *Snapshot) DB() *DB {
	db := *sn.db
	db.snapshot = sn
	return &db
}

// acquire begins the transaction, if necessary, and returns the connection for one statement of an
// edge and a function that releases it.
func (sn *Snapshot) acquire(ctx context.Context) (bun.IConn, func(), error) {
	sn.mu.Lock()
	if !sn.inTx {
		begin := "BEGIN"
		if IsPostgres(sn.db) {
			begin = beginSnapshot
		}
		if _, err := sn.conn.ExecContext(ctx, begin); err != nil {
			sn.mu.Unlock()
			return nil, nil, err
		}
		sn.inTx = true
	}
	return sn.conn, sn.mu.Unlock, nil
}

// ReadPlans calls f, which reads plans with Read, and ends the snapshot's transaction. If f reads
// nothing, ReadPlans checks the guards after it.
func (sn *Snapshot) ReadPlans(ctx context.Context, f func() error) error {
	return sn.conn.Raw(func(driver any) (err error) {
		if sn.session, err = sn.newSession(driver); err != nil {
			return err
		}
		if err = f(); err == nil {
			err = sn.CheckGuards(ctx)
		}
		return errors.Join(err, sn.session.end(ctx, err != nil))
	})
}

func (sn *Snapshot) newSession(conn any) (session, error) {
	if IsPostgres(sn.db) {
		return newPgSession(conn, sn.inTx)
	}
	lite, ok := conn.(*sqliteConn)
	if !ok {
		return nil, fmt.Errorf("begin a snapshot: the connection of type %T does not come from OpenSQLite", conn)
	}
	return &sqliteSession{conn: lite, inTx: sn.inTx}, nil
}

// Read reads the rows of all parents, sorted by the index of the parent in keys and then by the
// order of the plan. A plan of several joins has no keys. The parameter more must be set if
// another Read follows. Only the function that ReadPlans calls may call Read, and it must close
// the rows before the next Read.
func (sn *Snapshot) Read(ctx context.Context, p Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	if p.Count { // the count includes the rows of all pages
		p.Joins = slices.Clone(p.Joins)
		for i := range p.Joins {
			p.Joins[i].Params.Page = nil
		}
	}
	rows, err := sn.read(ctx, &p, sc, keys, more)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.Joins[len(p.Joins)-1].Edge.Name(), WrapError(err))
	}
	return rows, nil
}

// read sends the plan and, before it, the guards and the plans of its lists. It checks the guards and
// reads the values of the lists.
func (sn *Snapshot) read(ctx context.Context, p *Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	plan, columns := p.withoutLists(keys)
	lists := sn.newListRead(plan, columns, keys)
	requests, check := sn.takeGuards()
	guards := len(requests)
	if lists != nil {
		requests = append(requests, lists.requests...)
	}
	requests = append(requests, request{plan: plan, keys: keys})
	sn.Statements += len(requests) - guards
	rows, err := sn.session.read(ctx, sn.db, sc, requests, more)
	if err != nil {
		return nil, err
	}
	if err := check(rows); err != nil {
		return nil, err
	}
	rows = rows[guards:]
	last := rows[len(rows)-1]
	a := p.aggregation()
	if a != nil && a.RowsRead != nil {
		last.source = &countedSource{rowSource: last.source, aggregation: a}
	}
	if a != nil && a.Expand != nil {
		last.source = &expandedSource{rowSource: last.source, expand: a.Expand}
	}
	if lists == nil {
		return last, nil
	}
	lists.source, last.source = last.source, lists
	return last, lists.readValues(rows[:len(rows)-1])
}

// Rows are the rows of a Plan. Each row is a list of cells: the index of the row's parent in keys,
// and then the columns of each join. A cell is nil for NULL.
type Rows struct {
	source rowSource
	// orderless is set if the first cell is not the index of a parent.
	orderless bool
	order     rowOrder
	err       error
}

// A rowSource returns the rows of one statement.
type rowSource interface {
	// next returns nil at the end and with an error.
	next() ([][]byte, error)
	// close ends the statement.
	close() error
}

// Next returns the next row, or nil at the end and after an error. The row is valid until the
// next call.
func (r *Rows) Next() [][]byte {
	if r.err != nil {
		return nil
	}
	var cells [][]byte
	if cells, r.err = r.source.next(); cells == nil || r.orderless {
		return cells
	}
	parent, err := ParseInt(cells[0])
	if r.err = errors.Join(err, r.order.check(parent)); r.err != nil {
		return nil
	}
	return cells
}

// A rowOrder checks that the rows of each parent follow those of the previous parent. Statements rely on
// it without ORDER BY: see Edge.selectLateral.
type rowOrder struct{ parent int64 }

var errRowOrder = errors.New("the database returned rows in another order than that of their parents")

func (o *rowOrder) check(parent int64) error {
	if parent < o.parent {
		return errRowOrder
	}
	o.parent = parent
	return nil
}

// Err returns the error that ended the rows, if any.
func (r *Rows) Err() error { return WrapError(r.err) }

// Close ends the statement and returns its error, if any.
func (r *Rows) Close() error { return WrapError(errors.Join(r.err, r.source.close())) }
