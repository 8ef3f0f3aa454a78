package query

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

// A param is where a value goes in a statement, told by where the value comes from: then
// another reading of the same shape finds its own values.
type param struct {
	source paramSource
	// index is that of a parent's key, or of a value of the conditions.
	index int
}

// A paramSource is what values of a reading come from.
type paramSource byte

const (
	fromKeys paramSource = iota
	fromValues
	fromReviewCourses
	fromDesignCourses
	fromLearnCourses
	fromUser
)

// AppendQuery writes the slot's number in the statement that is being made.
func (s param) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	d, ok := gen.Dialect().(*paramDialect)
	if !ok {
		return nil, fmt.Errorf("a slot outside of a statement: %v", s)
	}
	return strconv.AppendInt(append(b, '$'), int64(d.number(s)), 10), nil
}

// paramDialect is the dialect in which bun writes a statement with slots in place of values.
type paramDialect struct {
	schema.Dialect
	params []param
}

// number returns the number of a slot, counted from 1; the same slot has one number.
func (d *paramDialect) number(s param) int {
	for i, known := range d.params {
		if known == s {
			return i + 1
		}
	}
	d.params = append(d.params, s)
	return len(d.params)
}

// A CourseSet is a set of courses that a scope is made of.
type CourseSet struct {
	source paramSource
	ids    []int64
}

func (s CourseSet) IsEmpty() bool { return len(s.ids) == 0 }

// AppendQuery spells “is one of the ids”.
func (s CourseSet) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*paramDialect); ok {
		return param{source: s.source}.appendBetween(gen, b, "= ANY(", "::bigint[])")
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

func (s param) appendBetween(gen schema.QueryGen, b []byte, before, after string) ([]byte, error) {
	b, err := s.AppendQuery(gen, append(b, before...))
	return append(b, after...), err
}

// A UserID is the caller's own id.
type UserID int64

// AppendQuery spells the id.
func (u UserID) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*paramDialect); ok {
		return param{source: fromUser}.appendBetween(gen, b, "", "::bigint")
	}
	return strconv.AppendInt(b, int64(u), 10), nil
}

// keyArray is one place of the keys of all parents.
type keyArray struct {
	keys  []Key
	index int
}

// AppendQuery spells the places as an array.
func (k keyArray) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*paramDialect); ok {
		return param{source: fromKeys, index: k.index}.AppendQuery(gen, b)
	}
	column := make([]int64, len(k.keys))
	for i, key := range k.keys {
		column[i] = key[k.index]
	}
	return pgdialect.Array(column).AppendQuery(gen, b)
}

// AppendCell appends a value as a cell, in the text format of PostgreSQL. It returns nil for
// a null.
func AppendCell(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case UserID:
		return strconv.AppendInt(b, int64(v), 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return append(b, v...), nil
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64), nil
	case time.Time:
		return v.UTC().AppendFormat(b, "2006-01-02 15:04:05.999999999Z07:00"), nil
	case CourseSet:
		return appendArray(b, len(v.ids), func(i int) int64 { return v.ids[i] }), nil
	case keyArray:
		return appendArray(b, len(v.keys), func(i int) int64 { return v.keys[i][v.index] }), nil
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		return AppendCell(b, inner)
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.Kind() == reflect.Pointer && rv.IsNil():
		return nil, nil
	case rv.Kind() == reflect.Pointer:
		return AppendCell(b, rv.Elem().Interface())
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
