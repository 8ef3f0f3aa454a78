package process_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/engine/brokerpb"
	"github.com/momotor/resultgraph/internal/engine/enginetest"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// atBroker lets a lab's results go to a broker that answers so.
func (l *lab) atBroker(t *testing.T, answer []byte) *enginetest.Broker {
	t.Helper()
	fake := enginetest.New(enginetest.Config{Tick: time.Millisecond, Results: func(_, _, _ []byte) []byte { return answer }})
	fake.Start()
	t.Cleanup(fake.Stop)
	broker, err := engine.NewBroker(engine.BrokerConfig{Address: "grpc://broker.test", Key: "testkey", Secret: "secret", Dir: t.TempDir(), Dial: fake.Dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	l.processor.Engine = broker
	return fake
}

// A server that stops leaves its work with the engine, and the next one goes on with it.
func TestProcessStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l := newLab(t, s)
		fake := l.atBroker(t, []byte(`<results xmlns="http://momotor.org/1.0"><result step="finalize" outcome="pass"/></results>`))
		w := l.queue(t)
		do := func(ctx context.Context) <-chan error {
			done := make(chan error, 1)
			go func() { done <- l.processor.Do(ctx, w) }()
			return done
		}
		until := func(so func(enginetest.Counts) bool) {
			t.Helper()
			if err := fake.WaitUntil(t.Context(), so); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		first := do(ctx)
		until(func(c enginetest.Counts) bool { return c.Started == 1 })
		stop()
		if err := jobstest.Receive(t, first); !errors.Is(err, context.Canceled) {
			t.Fatalf("Do = %v, want %v", err, context.Canceled)
		}
		fake.SetStatus(fake.Jobs()[0], &brokerpb.JobStatus{State: brokerpb.JobState_FINISHED})
		if err := jobstest.Receive(t, do(t.Context())); err != nil {
			t.Fatal(err)
		}
		if r := l.read(t); r.State != db.StateDone || !*r.Accepted {
			t.Errorf("the result is %s", r.State)
		}
		if c := fake.Counts(); c.Created != 1 || c.Ended != 1 {
			t.Errorf("the engine had %+v, want one job that is ended", c)
		}
	})
}

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
		fake := l.atBroker(t, answer)
		end := func(status *brokerpb.JobStatus, started int) {
			t.Helper()
			done := make(chan error)
			w := l.queue(t)
			go func() { done <- l.processor.Do(t.Context(), w) }()
			if err := fake.WaitUntil(t.Context(), func(c enginetest.Counts) bool { return c.Started == started }); err != nil {
				t.Fatal(err)
			}
			fake.SetStatus(fake.Jobs()[0], status)
			if err := jobstest.Receive(t, done); err != nil {
				t.Fatalf("Do = %v", err)
			}
		}
		end(&brokerpb.JobStatus{State: brokerpb.JobState_FINISHED}, 1)
		if r := l.read(t); *r.Label != "Accepted" || *r.Summary != "a\uFFFDb" {
			t.Errorf("the result is %q %q", *r.Label, *r.Summary)
		}
		rows, err := db.ResultSteps.Load(t.Context(), s.DB(), l.scope(), []query.Key{{l.assignment.CourseID, l.read(t).MomotorID}}, query.Params{})
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
