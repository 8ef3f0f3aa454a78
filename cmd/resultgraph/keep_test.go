package main

import (
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/demo"
)

func TestLifetime(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "90d": 90 * day, "65535d": 65535 * day, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute,
		"": -1, "d": -1, "-1d": -1, "-1h": -1, "1.5d": -1, "65536d": -1, "90": -1, "90 d": -1, "ever": -1,
	} {
		var l lifetime
		err := l.UnmarshalText([]byte(text))
		if got := time.Duration(l); (err == nil) != (want >= 0) || err == nil && got != want {
			t.Errorf("the lifetime %q = %s, %v, want %s", text, got, err, want)
		}
	}
}

// Each kind of bundle goes by its own age.
func TestKeep(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		store := dbtest.Open(t, location)
		if err := importDemo(t.Context(), store, openFolder(t, t.TempDir()), demo.Options{Results: 60}); err != nil {
			t.Fatal(err)
		}
		week := lifetime(7 * 24 * time.Hour)
		for _, step := range []struct {
			name string
			keep KeepSettings
			in   time.Duration
			none bool
		}{
			{"for ever", KeepSettings{}, 1000 * time.Hour, true},
			{"a week, on the first day", KeepSettings{week, week, week}, time.Hour, true},
			{"full bundles a week, on the tenth day", KeepSettings{KeepFull: week}, 240 * time.Hour, false},
			{"the same again", KeepSettings{KeepFull: week}, 240 * time.Hour, true},
			{"products a week, on the tenth day", KeepSettings{KeepProduct: week}, 240 * time.Hour, false},
		} {
			n, err := step.keep.purge(t.Context(), store, time.Now().Add(step.in))
			if err != nil || (n == 0) != step.none {
				t.Errorf("%s: purge = %d, %v, want none: %t", step.name, n, err, step.none)
			}
		}
	})
}
