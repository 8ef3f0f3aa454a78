package query

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// sqliteValues returns the values of a statement's parameters for the driver of SQLite.
func sqliteValues(values []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(values))
	for i, v := range values {
		value, err := sqliteValue(v)
		if err != nil {
			return nil, err
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return out, nil
}

// sqliteValue returns a value as bun writes it into the text of a statement: times as texts in UTC, and
// lists as JSON.
func sqliteValue(v any) (driver.Value, error) {
	switch v := v.(type) {
	case nil, int64, float64, bool, string:
		return v, nil
	case int:
		return int64(v), nil
	case UserID:
		return int64(v), nil
	case pseudonymKey:
		return int64(v), nil
	case MinGroup:
		return int64(v), nil
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999-07:00"), nil
	case []int, []int64, idList, textList:
		text, err := json.Marshal(v)
		return string(text), err
	case CourseSet:
		return sqliteValue(v.ids)
	case keyTable:
		return v.json(), nil
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		return sqliteValue(inner)
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.Kind() == reflect.Pointer && rv.IsNil():
		return nil, nil
	case rv.Kind() == reflect.Pointer:
		return sqliteValue(rv.Elem().Interface())
	case rv.Kind() == reflect.String:
		return rv.String(), nil
	}
	return nil, fmt.Errorf("bind a value of type %T: the type is not supported", v)
}
