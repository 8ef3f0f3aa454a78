package jobs_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/engine/brokerpb"
	"github.com/momotor/resultgraph/internal/engine/enginetest"
)

// Text with U+0000, which neither database has a place for, becomes a result like any other.
func TestProcessNUL(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("a\x00b"))
	properties := ""
	for _, name := range []string{"label", "reason", "status", "report", "checklet-warning", "own"} {
		properties += fmt.Sprintf(`<property name="%s" encoding="base64">%s</property>`, name, encoded)
	}
	answer := []byte(`<results xmlns="http://momotor.org/1.0"><result step="finalize" outcome="pass"><properties>` + properties + `</properties></result></results>`)
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l := newLab(t, s)
		fake := enginetest.New(enginetest.Config{Tick: time.Millisecond, Results: func(_, _, _ []byte) []byte { return answer }})
		fake.Start()
		defer fake.Stop()
		broker, err := engine.NewBroker(engine.BrokerConfig{Address: "grpc://broker.test", Key: "testkey", Secret: "secret", Dir: t.TempDir(), Dial: fake.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer broker.Close()
		l.processor.Engine = broker
		end := func(status *brokerpb.JobStatus, started int) {
			t.Helper()
			done := make(chan error)
			w := l.queue(t)
			go func() { done <- l.processor.Do(t.Context(), w) }()
			if err := fake.Until(t.Context(), func(c enginetest.Counts) bool { return c.Started == started }); err != nil {
				t.Fatal(err)
			}
			fake.Set(fake.Jobs()[0], status)
			if err := receive(t, done); err != nil {
				t.Fatalf("Do = %v", err)
			}
		}
		end(&brokerpb.JobStatus{State: brokerpb.JobState_FINISHED}, 1)
		if r := l.read(t); *r.Label != "Accepted" || *r.Summary != "a\uFFFDb" {
			t.Errorf("the result is %q %q", *r.Label, *r.Summary)
		}
		rows, err := db.ResultSteps.Load(t.Context(), s, l.scope(), []db.Key{{l.assignment.CourseID, l.read(t).MomotorID}}, db.Params{})
		if err != nil || len(rows[0]) != 1 {
			t.Fatalf("the steps are %v, %v", rows, err)
		}
		step := rows[0][0]
		if details := string(step.Details); *step.Label != "a\uFFFDb" || strings.Count(details, "a\uFFFDb") != 4 || strings.Contains(details, `\u0000`) || !strings.Contains(details, encoded) {
			t.Errorf("the step is %q, with %s", *step.Label, details)
		}
		end(&brokerpb.JobStatus{State: brokerpb.JobState_FAILED, Failure: "no\x00thing"}, 2)
		if r := l.read(t); *r.Label != "Recipe error" || *r.Summary != "no\uFFFDthing" {
			t.Errorf("the result is %q %q", *r.Label, *r.Summary)
		}
	})
}
