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
	conn sqliteConn
	inTx bool
}

type sqliteConn interface {
	driver.QueryerContext
	driver.ExecerContext
}

func (s *sqliteSession) read(ctx context.Context, db *DB, guards []Guard, plan *Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	query, err := plan.literalSQL(db, sc, keys)
	if err != nil {
		return nil, err
	}
	if more && !s.inTx {
		if _, err := s.conn.ExecContext(ctx, "BEGIN", nil); err != nil {
			return nil, err
		}
		s.inTx = true
	}
	if err := s.check(ctx, guards); err != nil {
		return nil, err
	}
	return s.query(ctx, query, nil)
}

// check implements session.
func (s *sqliteSession) check(ctx context.Context, guards []Guard) error {
	for i := range guards {
		values, err := sqliteValues(guards[i].Values)
		if err != nil {
			return err
		}
		rows, err := s.query(ctx, guards[i].Statement.st.sql, values)
		if err != nil {
			return err
		}
		if err := errors.Join(guards[i].check(rows), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqliteSession) query(ctx context.Context, sql string, values []driver.NamedValue) (*Rows, error) {
	rows, err := s.conn.QueryContext(ctx, sql, values)
	if err != nil {
		return nil, err
	}
	c := &sqliteCells{rows: rows, values: make([]driver.Value, len(rows.Columns())), cells: make([][]byte, len(rows.Columns()))}
	return &Rows{next: c.next, close: rows.Close}, nil
}

func (s *sqliteSession) end(ctx context.Context, failed bool) error {
	if !s.inTx {
		return nil
	}
	// ROLLBACK ends a transaction without changes, also after an error.
	_, err := s.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK", nil)
	return err
}

// sqliteCells converts the values of SQLite to cells in PostgreSQL's text format. Its slices are
// reused for each row.
type sqliteCells struct {
	rows   driver.Rows
	values []driver.Value
	cells  [][]byte
	text   []byte
}

func (c *sqliteCells) next() ([][]byte, error) {
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
