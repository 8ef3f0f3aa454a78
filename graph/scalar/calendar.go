package scalar

import (
	"regexp"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/stats"
)

// MarshalDate writes a Date.
func MarshalDate(d db.Date) graphql.Marshaler { return graphql.MarshalString(string(d)) }

// UnmarshalDate reads a Date of a year from 1 to 9998, whose times both databases can compare.
func UnmarshalDate(v any) (db.Date, error) {
	text, _ := v.(string)
	if day, err := time.Parse(time.DateOnly, text); err != nil || day.Year() < 1 || day.Year() > 9998 {
		return "", fault.New(fault.BadInput, `A Date must look like "2026-09-06", with a year from 1 to 9998.`)
	}
	return db.Date(text), nil
}

// zoneName matches the names of zones, and no other files in folders of zones.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

// MarshalTimeZone writes a TimeZone.
func MarshalTimeZone(z db.TimeZone) graphql.Marshaler { return graphql.MarshalString(string(z)) }

// UnmarshalTimeZone reads a TimeZone.
func UnmarshalTimeZone(v any) (db.TimeZone, error) {
	name, _ := v.(string)
	if _, err := stats.LoadZone(name); err != nil || !zoneName.MatchString(name) {
		return "", fault.New(fault.BadInput, `A TimeZone must be an IANA name such as "Europe/Amsterdam" or "UTC".`)
	}
	return db.TimeZone(name), nil
}
