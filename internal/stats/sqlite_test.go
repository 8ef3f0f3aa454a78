package stats

import (
	"database/sql"
	"strings"
	"testing"
)

// openSQLite opens an empty database with the functions of this package.
func openSQLite(t *testing.T) *sql.DB {
	t.Helper()
	RegisterSQLite()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestSQLiteFunctions(t *testing.T) {
	db := openSQLite(t)
	const winter = "'2026-10-25 01:30:00.25+00:00'"
	for expression, want := range map[string]any{
		"stddev_pop(x)":                                             2.0,
		"stddev_samp(x)":                                            2.138089935299395,
		"median(x)":                                                 4.5,
		"percentile_cont(x, 0.25)":                                  4.0,
		"percentiles(x, '[0, 0.5, 1]')":                             "[2,4.5,9]",
		"histogram(x, 4, 8, 2)":                                     "[1,5,1,1]",
		"stddev_samp(x) FILTER (WHERE x > 8)":                       nil,
		"stddev_pop(x) FILTER (WHERE x > 8)":                        0.0,
		"median(x) FILTER (WHERE x > 9)":                            nil,
		"histogram(x, 0, 1, 1) FILTER (WHERE x > 9)":                nil,
		"median(NULL)":                                              nil,
		"local_hour(" + winter + ", 'Europe/Amsterdam')":            "2026-10-25 01:00:00+00:00",
		"local_hour('2026-07-01 10:20:00+00:00', 'Asia/Kathmandu')": "2026-07-01 10:15:00+00:00",
		"local_date('day', '2026-10-24 22:30:00+00:00', 'Europe/Amsterdam')":  "2026-10-25",
		"local_date('week', '2026-10-25 22:30:00+00:00', 'Europe/Amsterdam')": "2026-10-19",
		"local_date('month', " + winter + ", 'UTC')":                          "2026-10-01",
		"local_weekday(" + winter + ", 'UTC')":                                int64(7),
		"local_weekday(NULL, 'UTC')":                                          nil,
	} {
		var got any
		if err := db.QueryRow(`SELECT ` + expression + ` FROM (SELECT column1 AS x FROM (VALUES (2), (4), (4), (NULL), (4.0), (5), (5), (7), (9)))`).Scan(&got); err != nil {
			t.Errorf("%s fails: %v", expression, err)
		} else if got != want {
			t.Errorf("%s is %v, want %v", expression, got, want)
		}
	}
}

func TestSQLiteErrors(t *testing.T) {
	db := openSQLite(t)
	for expression, want := range map[string]string{
		"median('x')":                "not a number",
		"percentile_cont(1, 1.1)":    "not between 0 and 1",
		"percentile_cont(1, NULL)":   "percentiles",
		"percentiles(1, '[2]')":      "not between 0 and 1",
		"percentiles(1, 'x')":        "percentiles",
		"histogram(1, 1, 1, 1)":      "bins",
		"local_hour('today', 'UTC')": "not a time",
		"local_hour('2026-10-25 01:30:00+00:00', 'Europe/Atlantis')": "time zone",
		"local_date('decade', '2026-10-25 01:30:00+00:00', 'UTC')":   "day, week or month",
	} {
		var got any
		err := db.QueryRow(`SELECT ` + expression).Scan(&got)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", expression, err, want)
		}
	}
}

// TestSQLiteKeepsNoArguments loads zones by arguments whose bytes SQLite reuses.
func TestSQLiteKeepsNoArguments(t *testing.T) {
	db := openSQLite(t)
	for _, zone := range []string{"America/Lima", "Africa/Cairo", "America/Lima"} {
		var got string
		if err := db.QueryRow(`SELECT local_hour('2026-07-01 10:20:00+00:00', ? || '')`, zone).Scan(&got); err != nil || got != "2026-07-01 10:00:00+00:00" {
			t.Errorf("the hour in %s is %q (%v)", zone, got, err)
		}
		if loc, err := LoadZone(zone); err != nil || loc.String() != zone {
			t.Errorf("the zone %s has the name %q (%v)", zone, loc, err)
		}
	}
}
