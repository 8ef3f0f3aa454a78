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

// A Snapshot is one state of the store: everything that is read from it is consistent,
// whatever is written meanwhile. It is one connection, which reads one statement at a time.
type Snapshot struct {
	db   *DB
	conn *sql.Conn
	// mu is held while a statement of an edge is read.
	mu    sync.Mutex
	began bool // a transaction
	// session reads plans; it is nil before Plans.
	session session
	// Statements counts the plans that were read.
	Statements int
}

// A session is a connection of either database that reads plans in one transaction.
type session interface {
	read(ctx context.Context, db *DB, r *Plan, sc Scope, keys []Key, more bool) (*Rows, error)
	// end ends the transaction; after an error the connection is not used again.
	end(ctx context.Context, failed bool) error
}

// InSnapshot calls f with a snapshot that ends when f returns. The database cancels its work
// for the snapshot when ctx is done.
func (db *DB) InSnapshot(ctx context.Context, f func(*Snapshot) error) error {
	conn, err := db.DB.DB.Conn(ctx)
	if err != nil {
		return WrapError(err)
	}
	defer conn.Close()
	sn := &Snapshot{db: db, conn: conn}
	err = f(sn)
	if sn.session == nil && sn.began {
		return errors.Join(err, sn.ReadPlans(ctx, func() error { return err }))
	}
	return err
}

// DB returns the database as it is in the snapshot, for reads along edges before ReadPlans.
func (sn *Snapshot) DB() *DB { return &DB{sn.db.DB, sn.db.statements, sn} }

// acquire returns the connection for one statement of an edge, in the snapshot's transaction.
func (sn *Snapshot) acquire(ctx context.Context) (bun.IConn, func(), error) {
	sn.mu.Lock()
	if !sn.began {
		begin := "BEGIN"
		if IsPostgres(sn.db) {
			begin = beginSnapshot
		}
		if _, err := sn.conn.ExecContext(ctx, begin); err != nil {
			sn.mu.Unlock()
			return nil, nil, err
		}
		sn.began = true
	}
	return sn.conn, sn.mu.Unlock, nil
}

// ReadPlans calls f, which reads plans with Read, and ends the snapshot's transaction.
func (sn *Snapshot) ReadPlans(ctx context.Context, f func() error) error {
	return sn.conn.Raw(func(driver any) (err error) {
		if sn.session, err = sn.newSession(driver); err != nil {
			return err
		}
		err = f()
		return errors.Join(err, sn.session.end(ctx, err != nil))
	})
}

func (sn *Snapshot) newSession(conn any) (session, error) {
	if IsPostgres(sn.db) {
		return newPgSession(conn, sn.began)
	}
	lite, ok := conn.(sqliteConn)
	if !ok {
		return nil, fmt.Errorf("begin a snapshot: the connection of type %T is not one of SQLite", conn)
	}
	return &sqliteSession{conn: lite, began: sn.began}, nil
}

// Read reads the rows under all keys, ordered by the index of their key and then by the
// order of the plan. A chain has no keys. More says that another Read follows. Only the
// function of ReadPlans may call it.
func (sn *Snapshot) Read(ctx context.Context, p Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	sn.Statements++
	if p.Count { // on all pages
		p.Joins = slices.Clone(p.Joins)
		for i := range p.Joins {
			p.Joins[i].Params.Page = nil
		}
	}
	rows, err := sn.session.read(ctx, sn.db, &p, sc, keys, more)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.Joins[len(p.Joins)-1].Edge.Name(), WrapError(err))
	}
	return rows, nil
}

// Rows are the rows of a Plan as cells: first the index of the row's parent in keys, then the
// columns of each join. A cell is nil for NULL.
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
