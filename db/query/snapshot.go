package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A Snapshot is one state of the store: all that is read from it fits together, whatever
// is written meanwhile. It is one connection, so one Rows is read at a time.
type Snapshot struct {
	db   *DB
	conn session
	// Statements counts what was asked of the database.
	Statements int
}

// A session is a connection of either database that reads in one transaction.
type session interface {
	read(ctx context.Context, db *DB, r *Plan, sc Scope, keys []Key, more bool) (*Rows, error)
	// end ends the transaction; after an error the connection is not used again.
	end(ctx context.Context, failed bool) error
}

// InSnapshot calls f with a snapshot that ends with it. When ctx is done, what the
// database does for it is cancelled.
func (db *DB) InSnapshot(ctx context.Context, f func(*Snapshot) error) error {
	conn, err := db.DB.DB.Conn(ctx)
	if err != nil {
		return WrapError(err)
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		session, err := db.session(driver)
		if err != nil {
			return err
		}
		err = f(&Snapshot{db: db, conn: session})
		return errors.Join(err, session.end(ctx, err != nil))
	})
}

func (db *DB) session(conn any) (session, error) {
	if IsPostgres(db) {
		return newPgSession(conn)
	}
	lite, ok := conn.(sqliteConn)
	if !ok {
		return nil, fmt.Errorf("a connection of type %T, where SQLite's is needed", conn)
	}
	return &sqliteSession{conn: lite}, nil
}

// Read reads the rows under all keys, ordered by their key's place in keys and then as
// asked. A chain has no keys. More says that another Read will follow.
func (sn *Snapshot) Read(ctx context.Context, r Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	sn.Statements++
	if r.Count { // pages aside
		r.Joins = slices.Clone(r.Joins)
		for i := range r.Joins {
			r.Joins[i].Params.Page = nil
		}
	}
	rows, err := sn.conn.read(ctx, sn.db, &r, sc, keys, more)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.Joins[len(r.Joins)-1].Edge.Name(), WrapError(err))
	}
	return rows, nil
}

// Rows are the rows of a Reading as cells: the place of the row's key in keys, and then
// the columns of each hop, in the order of Cells. A cell is nil for a null.
type Rows struct {
	next  func() ([][]byte, error)
	close func() error
	err   error
}

// Next returns the next row, which is valid until the following call, or nil at the end
// and after an error.
func (r *Rows) Next() [][]byte {
	if r.err != nil {
		return nil
	}
	var cells [][]byte
	cells, r.err = r.next()
	return cells
}

// Err returns what went wrong with Next.
func (r *Rows) Err() error { return WrapError(r.err) }

// Close ends the reading and returns what went wrong with it.
func (r *Rows) Close() error { return WrapError(errors.Join(r.err, r.close())) }
