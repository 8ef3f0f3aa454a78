package db

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

// A slot is where a value goes in a statement, told by where the value comes from: then
// another reading of the same shape finds its own values.
type slot struct {
	of origin
	// index is that of a parent's key, or of a value of the conditions.
	index int
}

// An origin is what values of a reading come from.
type origin byte

const (
	ofKeys origin = iota
	ofValues
	ofReview
	ofDesign
	ofLearn
	ofUser
)

// AppendQuery writes the slot's number in the statement that is being made.
func (s slot) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	d, ok := gen.Dialect().(*slotted)
	if !ok {
		return nil, fmt.Errorf("a slot outside of a statement: %v", s)
	}
	return strconv.AppendInt(append(b, '$'), int64(d.number(s)), 10), nil
}

// slotted is the dialect in which bun writes a statement with slots in place of values.
type slotted struct {
	schema.Dialect
	slots []slot
}

// number returns the number of a slot, counted from 1; the same slot has one number.
func (d *slotted) number(s slot) int {
	for i, known := range d.slots {
		if known == s {
			return i + 1
		}
	}
	d.slots = append(d.slots, s)
	return len(d.slots)
}

// An idSet is a set of courses that a scope is made of.
type idSet struct {
	of  origin
	ids []int64
}

// AppendQuery spells “is one of the ids”.
func (s idSet) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*slotted); ok {
		return slot{of: s.of}.within(gen, b, "= ANY(", "::bigint[])")
	}
	b = append(b, "IN ("...)
	for i, id := range s.ids {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return append(b, ')'), nil
}

func (s slot) within(gen schema.QueryGen, b []byte, before, after string) ([]byte, error) {
	b, err := s.AppendQuery(gen, append(b, before...))
	return append(b, after...), err
}

// A userID is the caller's own id.
type userID int64

// AppendQuery spells the id.
func (u userID) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*slotted); ok {
		return slot{of: ofUser}.within(gen, b, "", "::bigint")
	}
	return strconv.AppendInt(b, int64(u), 10), nil
}

// keyColumn is one place of the keys of all parents.
type keyColumn struct {
	keys []Key
	at   int
}

// AppendQuery spells the places as an array.
func (k keyColumn) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*slotted); ok {
		return slot{of: ofKeys, index: k.at}.AppendQuery(gen, b)
	}
	column := make([]int64, len(k.keys))
	for i, key := range k.keys {
		column[i] = key[k.at]
	}
	return pgdialect.Array(column).AppendQuery(gen, b)
}

// AppendCell appends a value as a cell, in the text format of PostgreSQL. It returns nil for
// a null.
func AppendCell(b []byte, v any) ([]byte, error) { return appendText(b, v) }

// appendText appends a value as PostgreSQL reads it in its text format; nil is a null.
func appendText(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case userID:
		return strconv.AppendInt(b, int64(v), 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return append(b, v...), nil
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64), nil
	case time.Time:
		return v.UTC().AppendFormat(b, "2006-01-02 15:04:05.999999999Z07:00"), nil
	case idSet:
		return appendArray(b, len(v.ids), func(i int) int64 { return v.ids[i] }), nil
	case keyColumn:
		return appendArray(b, len(v.keys), func(i int) int64 { return v.keys[i][v.at] }), nil
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		return appendText(b, inner)
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.Kind() == reflect.Pointer && rv.IsNil():
		return nil, nil
	case rv.Kind() == reflect.Pointer:
		return appendText(b, rv.Elem().Interface())
	case rv.Kind() == reflect.String:
		return append(b, rv.String()...), nil
	}
	return nil, fmt.Errorf("a %T can not be a value of a condition", v)
}

func appendArray(b []byte, n int, at func(int) int64) []byte {
	b = append(b, '{')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, at(i), 10)
	}
	return append(b, '}')
}
