package jobs

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// Messages of River are described in our words, with the original as an attribute. Its info messages are for
// debugging only.
func TestRiverLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newRiverLogger(slog.New(slog.NewTextHandler(&out, nil)))
	for message, want := range map[string]string{
		"Elector: Error attempting to elect":   "cannot elect the instance that schedules jobs",
		"producer: Error fetching jobs":        "cannot fetch jobs from the queue",
		"JobExecutor: Job appears to be stuck": "a job runs longer than its time limit",
		"JobExecutor: Error completing job":    "cannot record the outcome of a job",
		"Something: new":                       "problem of the job queue",
	} {
		out.Reset()
		log.With("instance", 1).Error(message, "err", errors.New("failure"))
		for _, part := range []string{`msg="` + want + `"`, `river="` + message + `"`, "error=failure", "instance=1", "level=ERROR"} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("the log of %q lacks %s: %s", message, part, out.String())
			}
		}
	}
	out.Reset()
	log.Info("Client: Stopped")
	if out.Len() > 0 {
		t.Errorf("an info message is logged: %s", out.String())
	}
}
