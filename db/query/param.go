package query

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

// A param is a parameter of a prepared statement. It names the source of its value and not the
// value, so that plans of the same shape share the statement and bind their own values.
type param struct {
	source paramSource
	// index is the index of an element of the parents' keys, or of a value of the conditions.
	index int
}

// A paramSource is the source of the value of a param.
type paramSource byte

const (
	fromKeys          paramSource = iota // an element of the keys of all parents
	fromAllKeys                          // elements of the keys of all parents; index is their keyElements
	fromSharedKey                        // an element that is equal in the keys of all parents
	fromValues                           // a value of the conditions
	fromReviewCourses                    // the fields of the Scope
	fromDesignCourses
	fromLearnCourses
	fromUser
	fromPseudonymKey
	fromMinGroup
)

// AppendQuery appends the placeholder of the parameter.
func (p param) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	d, ok := gen.Dialect().(*paramDialect)
	if !ok {
		return nil, fmt.Errorf("append the parameter %v: the statement is not prepared", p)
	}
	return strconv.AppendInt(append(b, '$'), int64(d.number(p)), 10), nil
}

// A paramDialect is a dialect of bun that collects the parameters of a statement. With it the
// types of this file append placeholders instead of values.
type paramDialect struct {
	schema.Dialect
	params []param
}

// number returns the number of a parameter, from 1 on. Equal parameters share a number.
func (d *paramDialect) number(p param) int {
	for i, known := range d.params {
		if known == p {
			return i + 1
		}
	}
	d.params = append(d.params, p)
	return len(d.params)
}

// A CourseSet is the courses in which a caller has a role.
type CourseSet struct {
	source paramSource
	ids    []int64
}

// IsEmpty reports whether the set has no course.
func (s CourseSet) IsEmpty() bool { return len(s.ids) == 0 }

// AppendQuery appends "IN (…)" or its equivalent for a prepared statement.
func (s CourseSet) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if d, ok := gen.Dialect().(*paramDialect); ok {
		if d.Name() == dialect.SQLite {
			return param{source: s.source}.appendBetween(gen, b, "IN (SELECT value FROM json_each(", "))")
		}
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

// appendBetween appends the placeholder between two pieces of SQL.
func (p param) appendBetween(gen schema.QueryGen, b []byte, before, after string) ([]byte, error) {
	b, err := p.AppendQuery(gen, append(b, before...))
	return append(b, after...), err
}

// A UserID is the id of the caller in a Scope.
type UserID int64

// AppendQuery appends the id.
func (u UserID) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	return appendScopeNumber(gen, b, fromUser, int64(u))
}

// appendScopeNumber appends a number of a Scope, or the placeholder of its parameter.
func appendScopeNumber(gen schema.QueryGen, b []byte, source paramSource, n int64) ([]byte, error) {
	switch d, ok := gen.Dialect().(*paramDialect); {
	case !ok:
		return strconv.AppendInt(b, n, 10), nil
	case d.Name() == dialect.SQLite:
		return param{source: source}.AppendQuery(gen, b)
	}
	return param{source: source}.appendBetween(gen, b, "", "::bigint")
}

// A MinGroup is the minimum number of students in a figure: see Scope.MinGroup.
type MinGroup int

// AppendQuery appends the number.
func (n MinGroup) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	return appendScopeNumber(gen, b, fromMinGroup, int64(n))
}

// A keyArray holds the elements at one index of the keys of all parents.
type keyArray struct {
	keys  []Key
	index int
}

// AppendQuery appends the elements as an array.
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

// A keyTable holds elements of the keys of all parents as JSON for SQLite: an array of numbers if it is one
// element, and an array of arrays if there are several.
type keyTable struct {
	keys     []Key
	elements keyElements
}

// AppendQuery appends the table as a literal.
func (k keyTable) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*paramDialect); ok {
		return param{source: fromAllKeys, index: int(k.elements)}.AppendQuery(gen, b)
	}
	return gen.Dialect().AppendString(b, k.json()), nil
}

func (k keyTable) json() string {
	b := []byte{'['}
	for i, key := range k.keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = k.elements.appendJSON(b, key)
	}
	return string(append(b, ']'))
}

// A textList is a list of texts as one value: an array on PostgreSQL, and a JSON array on SQLite.
type textList []string

// AppendQuery appends the list as a literal.
func (l textList) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.PG {
		return gen.Dialect().AppendString(b, string(l.appendArray(nil))), nil
	}
	text, err := json.Marshal(l)
	return gen.Dialect().AppendString(b, string(text)), err
}

// appendArray appends the list in PostgreSQL's text format of arrays.
func (l textList) appendArray(b []byte) []byte {
	b = append(b, '{')
	for i, text := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), arrayEscapes.Replace(text)...), '"')
	}
	return append(b, '}')
}

// An idList is a list of numbers as one value, like a textList.
type idList []int64

// AppendQuery appends the list as a literal.
func (l idList) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if gen.Dialect().Name() == dialect.PG {
		return gen.Dialect().AppendString(b, string(l.appendArray(nil))), nil
	}
	text, err := json.Marshal(l)
	return gen.Dialect().AppendString(b, string(text)), err
}

func (l idList) appendArray(b []byte) []byte {
	return appendArray(b, len(l), func(i int) int64 { return l[i] })
}

var arrayEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// AppendCell appends a value in PostgreSQL's text format; an []int becomes a JSON array. It
// returns nil for NULL.
func AppendCell(b []byte, v any) ([]byte, error) {
	if list, ok := v.([]int); ok { // see KindInts
		text, err := json.Marshal(list)
		return append(b, text...), err
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case UserID:
		return strconv.AppendInt(b, int64(v), 10), nil
	case pseudonymKey:
		return strconv.AppendInt(b, int64(v), 10), nil
	case MinGroup:
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
		return idList(v.ids).appendArray(b), nil
	case textList:
		return v.appendArray(b), nil
	case idList:
		return v.appendArray(b), nil
	case []int64:
		return idList(v).appendArray(b), nil
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
	case rv.Kind() == reflect.Slice && rv.Type().Elem().Kind() == reflect.String: // see KindTexts
		text, err := json.Marshal(v)
		return append(b, text...), err
	}
	return nil, fmt.Errorf("append a value of type %T: the type is not supported", v)
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
