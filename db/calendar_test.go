package db_test

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
)

// A day begins at its first moment, also where clocks are set forward or back at midnight.
func TestStartOfDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		date db.Date
		zone db.TimeZone
		want string
	}{
		{"2026-09-06", "UTC", "2026-09-06T00:00:00Z"},
		{"2026-09-06", "Europe/Amsterdam", "2026-09-05T22:00:00Z"},
		{"2026-12-06", "Europe/Amsterdam", "2026-12-05T23:00:00Z"},
		{"2026-09-06", "Asia/Kathmandu", "2026-09-05T18:15:00Z"},
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"}, // begins at 01:00
		{"2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00Z"}, // follows a day with 23:00 twice
		{"2026-11-01", "America/Havana", "2026-11-01T04:00:00Z"},    // has 00:00 twice
		{"2026-03-08", "America/Havana", "2026-03-08T05:00:00Z"},    // begins at 01:00
		{"0001-01-01", "UTC", "0001-01-01T00:00:00Z"},
	} {
		if got := c.date.Start(&c.zone).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s begins at %s, want %s", c.date, c.zone, got, c.want)
		}
	}
	if got := db.Date("2026-09-06").Start(nil).UTC().Format(time.RFC3339); got != "2026-09-06T00:00:00Z" {
		t.Errorf("the day begins at %s without a zone, want midnight in UTC", got)
	}
}
