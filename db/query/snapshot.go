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
	// guards are the guards that no statement has checked yet.
	guards []Guard
	// Statements counts the plans that were read.
	Statements int
}

// A session reads plans in one transaction, on a connection to PostgreSQL or SQLite.
type session interface {
	// read implements Snapshot.Read. It checks guards before.
	read(ctx context.Context, db *DB, guards []Guard, plan *Plan, sc Scope, keys []Key, more bool) (*Rows, error)
	// check checks guards.
	check(ctx context.Context, guards []Guard) error
	// end ends the transaction. If reading or ending fails, PostgreSQL's connection is closed.
	end(ctx context.Context, failed bool) error
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
		if err = f(); err == nil && len(sn.guards) > 0 {
			err = WrapError(sn.session.check(ctx, sn.guards))
		}
		return errors.Join(err, sn.session.end(ctx, err != nil))
	})
}

func (sn *Snapshot) newSession(conn any) (session, error) {
	if IsPostgres(sn.db) {
		return newPgSession(conn, sn.inTx)
	}
	queryer, ok := conn.(sqliteConn)
	if !ok {
		return nil, fmt.Errorf("begin a snapshot: the connection of type %T does not belong to SQLite", conn)
	}
	return &sqliteSession{conn: queryer, inTx: sn.inTx}, nil
}

// Read reads the rows of all parents, sorted by the index of the parent in keys and then by the
// order of the plan. A plan of several joins has no keys. The parameter more must be set if
// another Read follows. Only the function that ReadPlans calls may call Read, and it must close
// the rows before the next Read.
func (sn *Snapshot) Read(ctx context.Context, p Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	sn.Statements++
	if p.Count { // the count includes the rows of all pages
		p.Joins = slices.Clone(p.Joins)
		for i := range p.Joins {
			p.Joins[i].Params.Page = nil
		}
	}
	rows, err := sn.session.read(ctx, sn.db, sn.guards, &p, sc, keys, more)
	sn.guards = nil
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.Joins[len(p.Joins)-1].Edge.Name(), WrapError(err))
	}
	return rows, nil
}

// Rows are the rows of a Plan. Each row is a list of cells: the index of the row's parent in keys,
// and then the columns of each join. A cell is nil for NULL.
type Rows struct {
	next  func() ([][]byte, error)
	close func() error
	err   error
}

// Next returns the next row, or nil at the end and after an error. The row is valid until the
// next call.
func (r *Rows) Next() [][]byte {
	if r.err != nil {
		return nil
	}
	var cells [][]byte
	cells, r.err = r.next()
	return cells
}

// Err returns the error that ended the rows, if any.
func (r *Rows) Err() error { return WrapError(r.err) }

// Close ends the statement and returns its error, if any.
func (r *Rows) Close() error { return WrapError(errors.Join(r.err, r.close())) }
