package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A Snapshot reads one state of the database, whatever is written in the meantime. It uses one
// connection, so only one Rows can be open at a time.
type Snapshot struct {
	db   *DB
	conn session
	// Statements is the number of statements so far.
	Statements int
}

// A session is a connection of either database that reads in one transaction.
type session interface {
	read(ctx context.Context, db *DB, r *Plan, sc Scope, keys []Key, more bool) (*Rows, error)
	// end ends the transaction; after an error the connection is not used again.
	end(ctx context.Context, failed bool) error
}

// InSnapshot calls f with a snapshot, which ends when f returns. The end of ctx cancels the
// statements of the snapshot.
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
		return nil, fmt.Errorf("begin a snapshot: the connection of type %T is not one of SQLite", conn)
	}
	return &sqliteSession{conn: lite}, nil
}

// Read reads the rows of all parents, sorted by the index of the parent in keys and then by the
// order of the plan. A chain of joins has no keys. More says that another Read follows.
func (sn *Snapshot) Read(ctx context.Context, p Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	sn.Statements++
	if p.Count { // on all pages
		p.Joins = slices.Clone(p.Joins)
		for i := range p.Joins {
			p.Joins[i].Params.Page = nil
		}
	}
	rows, err := sn.conn.read(ctx, sn.db, &p, sc, keys, more)
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
