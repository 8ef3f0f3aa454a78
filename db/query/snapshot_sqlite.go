package query

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// A sqliteSession is a session on SQLite. The snapshot of a SQLite transaction starts with its
// first statement and does not block writers.
type sqliteSession struct {
	conn *sqliteConn
	inTx bool
	// rows are the rows of all statements.
	rows []*sqliteRows
}

func (s *sqliteSession) read(ctx context.Context, db *DB, sc Scope, requests []request, more bool) ([]*Rows, error) {
	if !s.inTx && (more || needSnapshot(requests)) {
		if _, err := s.conn.ExecContext(ctx, "BEGIN", nil); err != nil {
			return nil, err
		}
		s.inTx = true
	}
	all := make([]*Rows, len(requests))
	for i := range requests {
		st, values, err := requests[i].bind(db, sc)
		if err != nil {
			return nil, err
		}
		rows := &sqliteRows{ctx: ctx, conn: s.conn, statement: st, args: values}
		s.rows = append(s.rows, rows)
		all[i] = &Rows{source: rows}
	}
	return all, nil
}

// bind returns the statement of a request with its values.
func (r *request) bind(db *DB, sc Scope) (*statement, []driver.NamedValue, error) {
	if r.guard != nil {
		values, err := sqliteValues(r.guard.Values)
		return r.guard.Statement.st, values, err
	}
	r.plan.shareKeys(db, r.keys)
	st, values, err := r.plan.statement(db, sc)
	if err != nil {
		return nil, nil, err
	}
	bound := make([]any, len(st.params))
	for i, p := range st.params {
		bound[i] = sc.paramValue(p, r.keys, values)
	}
	args, err := sqliteValues(bound)
	return st, args, err
}

// end closes the rows that a failed reader left open: an open statement cannot run again. If the transaction
// does not end, no other reader gets the connection, because it would see an old state of the store.
func (s *sqliteSession) end(ctx context.Context, failed bool) error {
	var err error
	for _, rows := range s.rows {
		err = errors.Join(err, rows.close())
	}
	if s.inTx {
		// ROLLBACK ends a transaction without changes, also after an error.
		if _, rollbackErr := s.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK", nil); rollbackErr != nil {
			err = errors.Join(err, rollbackErr, driver.ErrBadConn)
		}
	}
	return err
}

// sqliteRows are the rows of a statement, which starts with the first row. Their cells are the values
// of SQLite in PostgreSQL's text format. The slices are reused for each row.
type sqliteRows struct {
	ctx       context.Context
	conn      *sqliteConn
	statement *statement
	args      []driver.NamedValue
	rows      driver.Rows // nil before the first row
	closed    bool
	values    []driver.Value
	cells     [][]byte
	text      []byte
}

func (c *sqliteRows) start() (err error) {
	if c.rows, err = c.conn.query(c.ctx, c.statement, c.args); err != nil {
		return err
	}
	n := len(c.rows.Columns())
	c.values, c.cells = make([]driver.Value, n), make([][]byte, n)
	return nil
}

func (c *sqliteRows) close() error {
	if c.rows == nil || c.closed {
		return nil
	}
	c.closed = true
	return c.rows.Close()
}

func (c *sqliteRows) next() ([][]byte, error) {
	if c.rows == nil {
		if err := c.start(); err != nil {
			return nil, err
		}
	}
	if err := c.rows.Next(c.values); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	c.text = c.text[:0]
	for i, v := range c.values {
		from := len(c.text)
		switch v := v.(type) {
		case nil:
			c.cells[i] = nil
			continue
		case int64:
			c.text = strconv.AppendInt(c.text, v, 10)
		case float64:
			c.text = strconv.AppendFloat(c.text, v, 'g', -1, 64)
		case bool:
			c.text = strconv.AppendBool(c.text, v)
		case string:
			c.text = append(c.text, v...)
		case []byte:
			c.text = append(c.text, v...)
		case time.Time:
			c.text = v.UTC().AppendFormat(c.text, "2006-01-02 15:04:05.999999+00")
		default:
			return nil, fmt.Errorf("read a row: a value has the unsupported type %T", v)
		}
		c.cells[i] = c.text[from:]
	}
	return c.cells, nil
}
