package db

import (
	"time"

	"github.com/momotor/resultgraph/internal/stats"
)

// A Date is a day of the calendar, such as "2026-09-06".
type Date string

// A TimeZone is the IANA name of a time zone, such as "Europe/Amsterdam".
type TimeZone string

// Start returns the beginning of the day in a time zone; nil is UTC. The date and the zone must be
// valid.
func (d Date) Start(zone *TimeZone) time.Time {
	loc := time.UTC
	if zone != nil {
		if known, err := stats.LoadZone(string(*zone)); err == nil {
			loc = known
		}
	}
	day, _ := time.Parse(time.DateOnly, string(d))
	return startOfDay(day, loc)
}

// startOfDay returns the first moment of a day in a time zone. A day does not always begin at midnight,
// because clocks can be set forward or back then.
func startOfDay(day time.Time, loc *time.Location) time.Time {
	midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, loc)
	if midnight.Day() != day.Day() { // the clocks skip midnight, and time.Date chose a time before it
		_, end := midnight.ZoneBounds()
		return end
	}
	start, _ := midnight.ZoneBounds()
	if first := midnight.Add(-offsetChange(start)); !start.IsZero() && first.Before(start) && first.Day() == day.Day() {
		return first // the clocks show midnight twice
	}
	if midnight.Hour() > 0 { // the clocks skip midnight, and time.Date chose a time after it
		return start
	}
	return midnight
}

// offsetChange returns how far the clocks are set back at a time.
func offsetChange(at time.Time) time.Duration {
	_, before := at.Add(-time.Second).Zone()
	_, after := at.Zone()
	return time.Duration(before-after) * time.Second
}
