package retention

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

func TestPeriod(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "90d": 90 * day, "65535d": 65535 * day, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute,
		"": -1, "d": -1, "-1d": -1, "-1h": -1, "1.5d": -1, "65536d": -1, "90": -1, "90 d": -1, "ever": -1,
	} {
		var p Period
		err := p.UnmarshalText([]byte(text))
		if got := time.Duration(p); (err == nil) != (want >= 0) || err == nil && got != want {
			t.Errorf("UnmarshalText(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
}

// Each kind of bundle has a retention period of its own.
func TestPurge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		h, _ := newHandler(t, store)
		week := Period(7 * 24 * time.Hour)
		for _, step := range []struct {
			name    string
			periods Periods
			after   time.Duration
			isEmpty bool // nothing is purged
		}{
			{"forever", Periods{}, 1000 * time.Hour, true},
			{"a week, on the first day", Periods{week, week, week}, time.Hour, true},
			{"full bundles a week, on the tenth day", Periods{Full: week}, 240 * time.Hour, false},
			{"the same again", Periods{Full: week}, 240 * time.Hour, true},
			{"products a week, on the tenth day", Periods{Product: week}, 240 * time.Hour, false},
		} {
			h.Periods, h.Now = step.periods, func() time.Time { return time.Now().Add(step.after) }
			n, err := h.purge(t.Context())
			if err != nil || (n == 0) != step.isEmpty {
				t.Errorf("%s: purge = %d, %v, want none: %t", step.name, n, err, step.isEmpty)
			}
		}
	})
}
