package fastpath

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/scalar"
	"github.com/momotor/resultgraph/internal/jsonfloat"
)

var errBadCell = errors.New("parse a value of the database: invalid syntax")

// appendJSON appends a cell as the JSON scalar of its kind; a nil cell is null.
func appendJSON(b []byte, kind query.Kind, cell []byte) ([]byte, error) {
	if cell == nil {
		return append(b, "null"...), nil
	}
	switch kind {
	case query.KindInt, query.KindJSON:
		return append(b, cell...), nil
	case query.KindBool:
		return strconv.AppendBool(b, isTrue(cell)), nil
	case query.KindFloat:
		return appendFloat(b, cell)
	case query.KindText:
		return scalar.AppendString(b, cell), nil
	case query.KindTime:
		return appendTime(b, cell)
	case query.KindInts:
		return appendInts(b, cell), nil
	case query.KindFloats:
		return appendFloats(b, cell)
	}
	return appendTexts(b, cell)
}

func isTrue(cell []byte) bool { return cell[0] == 't' || cell[0] == '1' }

// appendFloat appends a number. Both databases write the shortest digits that identify the
// number, like jsonfloat.Append, so it copies numbers without an exponent.
func appendFloat(b, cell []byte) ([]byte, error) {
	point := false
	for i, c := range cell {
		switch {
		case c == '.':
			point = true
		case c >= '0' && c <= '9', c == '-' && i == 0:
		default:
			return appendParsedFloat(b, cell)
		}
	}
	b = append(b, cell...)
	if !point {
		b = append(b, ".0"...)
	}
	return b, nil
}

func appendParsedFloat(b, cell []byte) ([]byte, error) {
	f, err := strconv.ParseFloat(string(cell), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, errBadCell
	}
	return jsonfloat.Append(b, f), nil
}

// appendTime appends a time as a JSON string. The cell is in UTC and has the form
// 2026-03-01 12:00:00.5+00.
func appendTime(b, cell []byte) ([]byte, error) {
	const seconds, micros = len("2026-03-01 12:00:00"), 6
	if len(cell) < seconds+1 || cell[10] != ' ' || cell[4] != '-' || cell[seconds-3] != ':' {
		return nil, errBadCell
	}
	b = append(append(append(b, '"'), cell[:10]...), 'T')
	b = append(b, cell[11:seconds]...)
	rest := cell[seconds:]
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		b = append(b, rest[:min(n, micros+1)]...)
		for range micros + 1 - n {
			b = append(b, '0')
		}
		rest = rest[n:]
	}
	if s := string(rest); s != "+00" && s != "+00:00" && s != "Z" {
		return nil, errBadCell
	}
	return append(b, `Z"`...), nil
}

// appendInts appends the numbers of a cell as a JSON array.
func appendInts(b, cell []byte) []byte {
	b = append(b, '[')
	for number := range query.Numbers(cell) {
		b = append(append(b, number...), ',')
	}
	return endArray(b)
}

// appendFloats appends the numbers of a cell as a JSON array.
func appendFloats(b, cell []byte) (_ []byte, err error) {
	b = append(b, '[')
	for number := range query.Numbers(cell) {
		if cell[0] == '[' { // SQLite writes more digits in arrays than necessary
			b, err = appendParsedFloat(b, number)
		} else {
			b, err = appendFloat(b, number)
		}
		if err != nil {
			return nil, err
		}
		b = append(b, ',')
	}
	return endArray(b), nil
}

// endArray replaces the comma after the last element by the end of the array.
func endArray(b []byte) []byte {
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, ']')
}

// appendTexts appends a JSON array of strings.
func appendTexts(b, cell []byte) ([]byte, error) {
	var list []string
	if err := json.Unmarshal(cell, &list); err != nil {
		return nil, errBadCell
	}
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = scalar.AppendString(b, s)
	}
	return append(b, ']'), nil
}

// parseCell returns the value of a cell in the Go type of its kind, or nil for null.
func parseCell(kind query.Kind, cell []byte) (any, error) {
	if cell == nil {
		return nil, nil
	}
	switch kind {
	case query.KindInt:
		return query.ParseInt(cell)
	case query.KindFloat:
		return strconv.ParseFloat(string(cell), 64)
	case query.KindText:
		return string(cell), nil
	case query.KindTime:
		text, err := appendTime(nil, cell)
		if err != nil {
			return nil, err
		}
		return time.Parse(`"2006-01-02T15:04:05.999999Z"`, string(text))
	}
	return nil, errBadCell
}

// SetCell sets a field of a row to the value of a cell.
func SetCell(field reflect.Value, cell []byte) error {
	if field.Kind() == reflect.Pointer {
		if cell == nil {
			field.SetZero()
			return nil
		}
		if field.IsNil() {
			field.Set(reflect.New(field.Type().Elem()))
		}
		field = field.Elem()
	}
	switch kind := query.KindOf(field.Type()); kind {
	case query.KindInt:
		n, err := query.ParseInt(cell)
		field.SetInt(n)
		return err
	case query.KindBool:
		field.SetBool(isTrue(cell))
	case query.KindText:
		field.SetString(string(cell))
	default:
		v, err := parseCell(kind, cell)
		if err != nil {
			return err
		}
		field.Set(reflect.ValueOf(v))
	}
	return nil
}

// SetNumbers sets a field of type []int64 or []float64 to the numbers of a cell.
func SetNumbers(field reflect.Value, cell []byte) error {
	list := reflect.MakeSlice(field.Type(), 0, 0)
	for number := range query.Numbers(cell) {
		element := reflect.New(field.Type().Elem()).Elem()
		if err := SetCell(element, number); err != nil {
			return err
		}
		list = reflect.Append(list, element)
	}
	field.Set(list)
	return nil
}
