package db

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// keyStatements read the record of a key by its prefix, on SQLite and on PostgreSQL.
var keyStatements = map[bool]*query.FixedStatement{false: keyStatement(false), true: keyStatement(true)}

func keyStatement(pg bool) *query.FixedStatement {
	courses := query.JSONArray(pg, "akc.course_id", "api_key_course AS akc WHERE akc.api_key_id = apk.id").Text()
	return query.NewFixedStatement("SELECT " + keyColumns + ", " + courses + " AS courses FROM api_key AS apk WHERE apk.prefix = $1")
}

// KeyGuard returns a guard that calls check with the record of the key with a prefix. The err of check
// is access.ErrKeyNotFound if no key has the prefix, and otherwise an error of the database or nil. The
// error that check returns is the error of the guard.
func (s *Store) KeyGuard(prefix string, check func(access.KeyRecord, error) error) query.Guard {
	return query.Guard{
		Statement: keyStatements[s.IsPostgres()], Values: []any{prefix},
		Check: func(rows *query.Rows) error { return check(s.readKey(prefix, rows)) },
	}
}

// A keyRow is the row of an API key with the record that its cells decode to.
type keyRow struct {
	cells  [][]byte
	record access.KeyRecord
}

// The limits of the rows in memory.
const (
	maxKeyRows     = 1000
	maxKeyRowBytes = 4 << 20
)

// readKey reads a record from the rows of a keyStatement. It does not decode a row that is equal to the
// previous one of the key. Records share their memory, so callers must not change them.
func (s *Store) readKey(prefix string, rows *query.Rows) (r access.KeyRecord, err error) {
	cells := rows.Next()
	switch {
	case rows.Err() != nil:
		return r, rows.Err()
	case cells == nil:
		return r, access.ErrKeyNotFound
	}
	if known, ok := s.keyRows.Get(prefix); ok && slices.EqualFunc(known.cells, cells, equalCells) {
		return known.record, nil
	}
	if r, err = decodeKey(cells); err == nil {
		s.keyRows.Add(prefix, keyRow{cloneCells(cells), r}, 512+2*len(bytes.Join(cells, nil)))
	}
	return r, err
}

func cloneCells(cells [][]byte) [][]byte {
	out := make([][]byte, len(cells))
	for i, cell := range cells {
		out[i] = slices.Clone(cell) // nil stays nil
	}
	return out
}

// equalCells reports whether two cells have the same text, or are both NULL.
func equalCells(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

// decodeKey decodes the row of a keyStatement.
func decodeKey(cells [][]byte) (access.KeyRecord, error) {
	c := cellReader{cells: cells}
	r := access.KeyRecord{
		ID: c.int(), Prefix: c.text(), Hash: c.text(), Name: c.text(), Created: *c.time(), Expires: c.time(),
		Revoked: c.bool(), ReadOnly: c.bool(), MinGroup: c.optionalInt(), Pseudonymous: c.bool(), LastUsed: c.time(), CourseIDs: c.ints(),
	}
	if c.err != nil {
		return access.KeyRecord{}, fmt.Errorf("read an API key: %w", c.err)
	}
	return r, nil
}

// A cellReader reads the cells of a row from left to right. Its err is the first error.
type cellReader struct {
	cells [][]byte
	err   error
}

// next returns the text of the next cell, and false for NULL.
func (c *cellReader) next() (string, bool) {
	cell := c.cells[0]
	c.cells = c.cells[1:]
	return string(cell), cell != nil
}

func (c *cellReader) text() string {
	text, _ := c.next()
	return text
}

func (c *cellReader) int() int64 {
	n, err := strconv.ParseInt(c.text(), 10, 64)
	c.fail(err)
	return n
}

// optionalInt returns a number, and 0 for NULL.
func (c *cellReader) optionalInt() (n int) {
	if text, ok := c.next(); ok {
		var err error
		n, err = strconv.Atoi(text)
		c.fail(err)
	}
	return n
}

func (c *cellReader) bool() bool {
	on, err := strconv.ParseBool(c.text())
	c.fail(err)
	return on
}

// time returns a time, and nil for NULL. Both databases write times in UTC.
func (c *cellReader) time() *time.Time {
	text, ok := c.next()
	if !ok {
		return nil
	}
	t, err := time.Parse(time.DateTime, strings.TrimSuffix(strings.TrimSuffix(text, "+00:00"), "+00"))
	c.fail(err)
	return &t
}

// ints returns the numbers of a JSON array.
func (c *cellReader) ints() (list []int64) {
	c.fail(json.Unmarshal([]byte(c.text()), &list))
	return list
}

// texts returns the texts of a JSON array.
func (c *cellReader) texts() (list []string) {
	c.fail(json.Unmarshal([]byte(c.text()), &list))
	return list
}

func (c *cellReader) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}
