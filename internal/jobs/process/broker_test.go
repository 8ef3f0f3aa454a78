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

// startBroker makes the handler use a fake broker that returns the given results.
func (fx *fixture) startBroker(t *testing.T, results []byte) *enginetest.Broker {
	t.Helper()
	fake := enginetest.New(enginetest.Config{Tick: time.Millisecond, Results: func(_, _, _ []byte) []byte { return results }})
	fake.Start()
	t.Cleanup(fake.Stop)
	broker, err := engine.NewBroker(engine.BrokerConfig{Address: "grpc://broker.test", Key: "testkey", Secret: "secret", Dir: t.TempDir(), Dial: fake.Dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	fx.handler.Engine = broker
	return fake
}

// When an instance stops, the engine continues its job, and the next attempt resumes the job.
func TestResumeEngineJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		fake := fx.startBroker(t, []byte(`<results xmlns="http://momotor.org/1.0"><result step="finalize" outcome="pass"/></results>`))
		args := fx.queueResult(t)
		startAttempt := func(ctx context.Context) <-chan error {
			done := make(chan error, 1)
			go func() { done <- fx.handler.Do(ctx, args) }()
			return done
		}
		waitUntil := func(condition func(enginetest.Counts) bool) {
			t.Helper()
			if err := fake.WaitUntil(t.Context(), condition); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		first := startAttempt(ctx)
		waitUntil(func(c enginetest.Counts) bool { return c.Started == 1 })
		stop()
		if err := jobstest.Receive(t, first); !errors.Is(err, context.Canceled) {
			t.Fatalf("Do = %v, want %v", err, context.Canceled)
		}
		// Jobs lists only the jobs for which EndJob was not called: here the one job.
		fake.SetStatus(fake.Jobs()[0], &brokerpb.JobStatus{State: brokerpb.JobState_FINISHED})
		if err := jobstest.Receive(t, startAttempt(t.Context())); err != nil {
			t.Fatal(err)
		}
		if r := fx.loadResult(t); r.State != db.StateDone || !*r.Accepted {
			t.Errorf("the result is %s", r.State)
		}
		if c := fake.Counts(); c.Created != 1 || c.Ended != 1 {
			t.Errorf("the engine counted %+v, want one job that was created and ended", c)
		}
	})
}

// U+0000 in texts of the engine is replaced, because neither database can store it.
func TestNULReplaced(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("a\x00b"))
	properties := ""
	for _, name := range []string{"label", "reason", "status", "report", "checklet-warning", "own"} {
		properties += fmt.Sprintf(`<property name="%s" encoding="base64">%s</property>`, name, encoded)
	}
	results := []byte(`<results xmlns="http://momotor.org/1.0"><result step="finalize" outcome="pass"><properties>` + properties + `</properties></result></results>`)
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		fake := fx.startBroker(t, results)
		process := func(status *brokerpb.JobStatus, started int) {
			t.Helper()
			done := make(chan error)
			args := fx.queueResult(t)
			go func() { done <- fx.handler.Do(t.Context(), args) }()
			if err := fake.WaitUntil(t.Context(), func(c enginetest.Counts) bool { return c.Started == started }); err != nil {
				t.Fatal(err)
			}
			fake.SetStatus(fake.Jobs()[0], status) // the job of an earlier call has ended, so Jobs does not list it
			if err := jobstest.Receive(t, done); err != nil {
				t.Fatalf("Do = %v", err)
			}
		}
		process(&brokerpb.JobStatus{State: brokerpb.JobState_FINISHED}, 1)
		if r := fx.loadResult(t); *r.Label != "Accepted" || *r.Summary != "a\uFFFDb" {
			t.Errorf("the result has the label %q and the summary %q", *r.Label, *r.Summary)
		}
		rows, err := db.ResultSteps.Load(t.Context(), s.DB(), fx.scope(), []query.Key{{fx.assignment.CourseID, fx.loadResult(t).MomotorID}}, query.Params{})
		if err != nil || len(rows[0]) != 1 {
			t.Fatalf("the steps are %v, %v", rows, err)
		}
		step := rows[0][0]
		// The details hold the texts of four of the six properties: reason, status, report and
		// checklet-warning. The label is not in the details. The recipe's property
		// own is: a property without a field of its own keeps its U+0000, as an object with base64.
		if details := string(step.Details); *step.Label != "a\uFFFDb" || strings.Count(details, "a\uFFFDb") != 4 || strings.Contains(details, `\u0000`) || !strings.Contains(details, encoded) {
			t.Errorf("the step has the label %q and the details %s", *step.Label, details)
		}
		process(&brokerpb.JobStatus{State: brokerpb.JobState_FAILED, Failure: "no\x00thing"}, 2)
		if r := fx.loadResult(t); *r.Label != "Recipe error" || *r.Summary != "no\uFFFDthing" {
			t.Errorf("the result has the label %q and the summary %q", *r.Label, *r.Summary)
		}
	})
}
