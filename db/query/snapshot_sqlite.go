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

// A sqliteSession reads in a transaction of SQLite, which takes its snapshot with the first
// statement and does not block writers.
type sqliteSession struct {
	conn  sqliteConn
	began bool
}

type sqliteConn interface {
	driver.QueryerContext
	driver.ExecerContext
}

func (l *sqliteSession) read(ctx context.Context, db *DB, r *Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	query, err := r.literalSQL(db, sc, keys)
	if err != nil {
		return nil, err
	}
	if more && !l.began {
		if _, err := l.conn.ExecContext(ctx, "BEGIN", nil); err != nil {
			return nil, err
		}
		l.began = true
	}
	rows, err := l.conn.QueryContext(ctx, query, nil)
	if err != nil {
		return nil, err
	}
	c := &sqliteCells{rows: rows, values: make([]driver.Value, len(rows.Columns())), cells: make([][]byte, len(rows.Columns()))}
	return &Rows{next: c.next, close: rows.Close}, nil
}

func (l *sqliteSession) end(ctx context.Context, failed bool) error {
	if !l.began {
		return nil
	}
	// ROLLBACK ends a transaction that only read, with or without an error.
	_, err := l.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK", nil)
	return err
}

// sqliteCells converts the values of SQLite to cells in PostgreSQL's text format.
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
