package stats

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the time zones, for machines without them
)

// zones are the zones that were loaded, by name. Their number is limited by that of all zones.
var zones sync.Map

// LoadZone returns the time zone with an IANA name, such as "Europe/Amsterdam".
func LoadZone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	if name == "" || name == "Local" { // names of package time that are no zones
		return nil, fmt.Errorf("load time zone: the name %q is not that of a zone", name)
	}
	name = strings.Clone(name) // the zone keeps it, and SQLite reuses the bytes of arguments
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	zones.Store(name, loc)
	return loc, nil
}

// TruncateToHour returns the beginning of the hour of t in its location. The two hours from 2 to 3 when
// summer time ends have different beginnings.
func TruncateToHour(t time.Time) time.Time {
	_, offset := t.Zone()
	shift := time.Duration(offset) * time.Second
	return t.Add(shift).UTC().Truncate(time.Hour).Add(-shift).In(t.Location())
}

// A Period is a period of days.
type Period string

// The periods. A week begins on Monday, as in ISO 8601.
const (
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
)

// FirstDay returns the first day of the period with t, in the location of t, as a time in UTC.
func FirstDay(p Period, t time.Time) time.Time {
	year, month, day := t.Date()
	switch p {
	case Week:
		day -= Weekday(t) - 1
	case Month:
		day = 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Weekday returns the number of the day of the week of t in its location: 1 for Monday to 7 for Sunday.
func Weekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }
