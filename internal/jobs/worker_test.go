package jobs

import (
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// The pause before the next attempt doubles with each failure, up to five minutes.
func TestNextRetry(t *testing.T) {
	for failures, want := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300} {
		want *= time.Second
		job := &river.Job[UploadScores]{JobRow: &rivertype.JobRow{Errors: make([]rivertype.AttemptError, failures)}}
		before := time.Now()
		next := (&worker[UploadScores]{clock: new(databaseClock)}).NextRetry(job)
		if next.Before(before.Add(want)) || next.After(time.Now().Add(want)) {
			t.Errorf("after %d failures the next attempt is in %s, want %s", failures, next.Sub(before), want)
		}
	}
}

// The values on which operators and other instances rely.
func TestDefaults(t *testing.T) {
	for name, v := range map[string]struct{ got, want time.Duration }{
		"the lease":                                    {DefaultLease, 30 * time.Second},
		"a job after its timeout":                      {(&worker[UploadScores]{}).Timeout(&river.Job[UploadScores]{}) - UploadScores{}.Timeout(), 2 * time.Minute},
		"a running job before River checks it":         {rescueAfter, 5 * time.Minute},
		"a soft stop of River":                         {softStopTimeout, 10 * time.Minute},
		"the end of cancelled jobs":                    {cancelTimeout, 20 * time.Second},
		"GiveUp":                                       {giveUpTimeout, 30 * time.Second},
		"the pause before another GiveUp":              {giveUpPause, time.Minute},
		"the pause of a job whose Canvas throttles it": {CanvasPause, time.Minute},
		"the last write of a cancelled job":            {WriteTimeout, 5 * time.Second},
		"the interval of writes of a job's progress":   {progressInterval, time.Second},
	} {
		if v.got != v.want {
			t.Errorf("%s takes %s, want %s", name, v.got, v.want)
		}
	}
	if DefaultMaxProcessing != 16 || maxJobAttempts != 10 || maxKills != 100 {
		t.Errorf("%d results are processed at a time, in %d attempts with %d kills, want 16, 10 and 100", DefaultMaxProcessing, maxJobAttempts, maxKills)
	}
}
