package retention

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

func TestPeriod(t *testing.T) {
	t.Parallel()
	const day, invalid = 24 * time.Hour, time.Duration(-1)
	for text, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "90d": 90 * day, "65535d": 65535 * day, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute,
		"": invalid, "d": invalid, "-1d": invalid, "-1h": invalid, "1.5d": invalid, "65536d": invalid, "90": invalid, "90 d": invalid, "ever": invalid,
	} {
		var p Period
		err := p.UnmarshalText([]byte(text))
		if got := time.Duration(p); (err == nil) != (want != invalid) || err == nil && got != want {
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
			name      string
			periods   Periods
			after     time.Duration
			wantPurge bool
		}{
			{"forever", Periods{}, 1000 * time.Hour, false},
			{"a week, on the first day", Periods{week, week, week}, time.Hour, false},
			{"full bundles a week, on the tenth day", Periods{Full: week}, 240 * time.Hour, true},
			{"full bundles a week, purged before", Periods{Full: week}, 240 * time.Hour, false},
			{"products a week, on the tenth day", Periods{Product: week}, 240 * time.Hour, true},
		} {
			h.Periods = step.periods
			n, err := h.purge(t.Context(), time.Now().Add(step.after))
			if err != nil || (n > 0) != step.wantPurge {
				t.Errorf("%s: purge = %d, %v, want bundles to be purged: %t", step.name, n, err, step.wantPurge)
			}
		}
	})
}
