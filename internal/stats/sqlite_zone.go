package stats

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// timeFormat is the format of times in a SQLite store. They are in UTC and have up to six digits after
// the point.
const timeFormat = "2006-01-02 15:04:05.999999-07:00"

// localTime returns the time with a text of the store in a zone. It is false for NULL.
func localTime(text, zone driver.Value) (t time.Time, ok bool, err error) {
	if text == nil {
		return time.Time{}, false, nil
	}
	value, isText := text.(string)
	name, isName := zone.(string)
	if !isText || !isName {
		return time.Time{}, false, errors.New("a time or the name of a time zone is not text")
	}
	t, err = parseTime(value)
	if err != nil {
		return time.Time{}, false, err
	}
	loc, err := LoadZone(name)
	if err != nil {
		return time.Time{}, false, err
	}
	return t.In(loc), true, nil
}

// parseTime parses a time of the store, to the second. It is faster than time.Parse, which functions
// would call for each row.
func parseTime(text string) (time.Time, error) {
	const example = "2006-01-02 15:04:05"
	if len(text) < len(example) || text[len(text)-len("+00:00"):] != "+00:00" {
		return time.Time{}, fmt.Errorf("the time %q is not a time of the store", text)
	}
	var parts [6]int
	part := 0
	for i := range len(example) {
		switch digit, isDigit := int(text[i])-'0', example[i] >= '0' && example[i] <= '9'; {
		case isDigit && digit >= 0 && digit <= 9:
			parts[part] = parts[part]*10 + digit
		case !isDigit && text[i] == example[i]:
			part++
		default:
			return time.Time{}, fmt.Errorf("the time %q is not a time of the store", text)
		}
	}
	return time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], 0, time.UTC), nil
}

func localHour(args []driver.Value) (driver.Value, error) {
	t, ok, err := localTime(args[0], args[1])
	if !ok || err != nil {
		return nil, err
	}
	return TruncateToHour(t).UTC().Format(timeFormat), nil
}

func localDate(args []driver.Value) (driver.Value, error) {
	t, ok, err := localTime(args[1], args[2])
	if !ok || err != nil {
		return nil, err
	}
	period, _ := args[0].(string)
	switch p := Period(period); p {
	case Day, Week, Month:
		return FirstDay(p, t).Format(time.DateOnly), nil
	}
	return nil, fmt.Errorf("the period %q is not day, week or month", period)
}

func localWeekday(args []driver.Value) (driver.Value, error) {
	t, ok, err := localTime(args[0], args[1])
	if !ok || err != nil {
		return nil, err
	}
	return int64(Weekday(t)), nil
}
