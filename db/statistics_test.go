package db_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// statisticsSQL has the same figures for both databases: of the numbers x, and of the times "at" in the
// zone that a parameter names.
var statisticsSQL = []struct{ sqlite, postgres string }{
	{"stddev_samp(x)", "stddev_samp(x)"},
	{"stddev_pop(x)", "stddev_pop(x)"},
	{"median(x)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)"},
	{"percentile_cont(x, 0.9)", "percentile_cont(0.9) WITHIN GROUP (ORDER BY x)"},
}

var zoneSQL = []struct{ sqlite, postgres string }{
	{"local_hour(at, %s)", "to_char(date_trunc('hour', at, %s), 'YYYY-MM-DD HH24:MI:SS\"+00:00\"')"},
	{"local_date('day', at, %s)", "date_trunc('day', at AT TIME ZONE %s)::date::text"},
	{"local_date('week', at, %s)", "date_trunc('week', at AT TIME ZONE %s)::date::text"},
	{"local_date('month', at, %s)", "date_trunc('month', at AT TIME ZONE %s)::date::text"},
	{"CAST(local_weekday(at, %s) AS TEXT)", "extract(isodow FROM at AT TIME ZONE %s)::text"},
}

// TestStatisticsAgree compares the functions of SQLite with those of PostgreSQL.
func TestStatisticsAgree(t *testing.T) {
	t.Parallel()
	lite, pg := dbtest.NewSQLite(t), dbtest.NewPostgres(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		values := make([]float64, random.IntN(30))
		for i := range values {
			values[i] = 1e6 + math.Round(random.NormFloat64()*20)/4
		}
		text, _ := json.Marshal(values)
		for _, figure := range statisticsSQL {
			got := readFigure(t, lite, "SELECT "+figure.sqlite+" FROM (SELECT value AS x FROM json_each('"+string(text)+"'))")
			want := readFigure(t, pg, "SELECT "+figure.postgres+" FROM (SELECT value::float8 AS x FROM json_array_elements_text('"+string(text)+"')) AS numbers")
			if (got == nil) != (want == nil) || got != nil && math.Abs(*got-*want) > 1e-9*max(1, math.Abs(*want)) {
				t.Errorf("%s of %s is %v, want %v", figure.sqlite, text, got, want)
			}
		}
	}
}

// readFigure returns the number or NULL that a statement selects.
func readFigure(t *testing.T, s *db.Store, sql string) (v *float64) {
	t.Helper()
	if err := s.SQL().QueryRowContext(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// TestZonesAgree compares the parts of local times of both databases, around every change of offsets in
// some zones.
func TestZonesAgree(t *testing.T) {
	t.Parallel()
	lite, pg := dbtest.NewSQLite(t), dbtest.NewPostgres(t)
	for _, zone := range []string{"UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"} {
		for _, part := range zoneSQL {
			for _, at := range timesAroundTransitions(t, zone) {
				text := at.Format("2006-01-02 15:04:05.999999-07:00")
				got := readText(t, lite, fmt.Sprintf("SELECT "+part.sqlite+" FROM (SELECT '%s' AS at)", "'"+zone+"'", text))
				want := readText(t, pg, fmt.Sprintf("SELECT "+part.postgres+" FROM (SELECT '%s'::timestamptz AS at) AS moment", "'"+zone+"'", text))
				if got != want {
					t.Errorf("%s of %s in %s is %s, want %s", part.sqlite, text, zone, got, want)
				}
			}
		}
	}
}

// timesAroundTransitions returns times before and after each change of the offset of a zone in 2026.
func timesAroundTransitions(t *testing.T, zone string) []time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 30, 0, 250_000_000, time.UTC)
	times := []time.Time{at}
	for at.Year() == 2026 {
		_, end := at.In(loc).ZoneBounds()
		if end.IsZero() {
			break
		}
		for _, minutes := range []time.Duration{-95, -35, -5, 5, 35, 95} {
			times = append(times, end.UTC().Add(minutes*time.Minute))
		}
		at = end.UTC()
	}
	return times
}

func readText(t *testing.T, s *db.Store, sql string) (v string) {
	t.Helper()
	if err := s.SQL().QueryRowContext(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}
