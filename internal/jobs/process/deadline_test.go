package process_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// An attempt is one attempt at processing a result, with the behaviour of the engine. Without
// results and an error, the engine continues until the attempt detaches: the attempt stops waiting
// for the engine's job, and the engine continues the job. An attempt after which the result is not
// done must be retried.
type attempt struct {
	at      time.Duration // since the first attempt
	timeout time.Duration // of the attempt
	states  []engine.State
	results string
	err     error
	want    string // state and summary of the result
}

// Only the time in which the engine processes a result counts for its time limit. Time in the
// engine's queue and time before an outage do not count. Results that the engine returns after
// the limit are stored. So an attempt that starts at or after the limit still waits 5 minutes for
// the engine (overdueAttempt).
func TestTimeLimit(t *testing.T) {
	const limit = time.Hour
	queued, processing := []engine.State{engine.Queued}, []engine.State{engine.Queued, engine.Processing}
	unavailable := fmt.Errorf("%w: refused", engine.ErrUnavailable)
	tests := map[string][]attempt{
		"queued at the engine": {
			{0, limit, queued, "", nil, "queued The result is in the engine's queue."},
			{9 * limit, limit, queued, "", nil, "queued The result is in the engine's queue."},
			{18 * limit, limit, processing, passXML, nil, "done Well done"},
		},
		"exceeds the limit": {
			{0, limit, processing, "", nil, "processing "},
			{limit - time.Minute, time.Minute, processing[1:], "", nil, "processing "},
			{limit, 5 * time.Minute, processing[1:], "", nil, "done The engine exceeded the time limit of 1h0m0s."},
		},
		"completed after the limit": {
			{0, limit, processing, "", nil, "processing "},
			{2 * limit, 5 * time.Minute, nil, passXML, nil, "done Well done"},
		},
		"engine unavailable before the limit": {
			{0, limit, processing, "", nil, "processing "},
			{limit / 2, limit / 2, nil, "", unavailable, "queued The engine could not process this result. It will be retried."},
			{3 * limit, limit, processing[1:], "", nil, "processing "},
			{4*limit - time.Minute, time.Minute, processing[1:], passXML, nil, "done Well done"},
		},
		"engine unavailable at the limit": {
			{0, limit, processing, "", nil, "processing "},
			{limit, 5 * time.Minute, nil, "", unavailable, "queued The engine could not process this result. It will be retried."},
			{2 * limit, limit, nil, passXML, nil, "done Well done"},
		},
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		for name, attempts := range tests {
			args := fx.queueResult(t)
			first := fx.now
			for i, a := range attempts {
				fx.now = first.Add(a.at)
				mustResume := i > 0
				err := fx.runAttempt(t, args, a, mustResume)
				wantRetry := !strings.HasPrefix(a.want, "done ")
				var later jobs.RetryLater
				if errors.As(err, &later) != wantRetry || err != nil && !wantRetry {
					t.Errorf("%s: Do = %v in attempt %d, want a retry: %t", name, err, i, wantRetry)
				}
				r := fx.loadResult(t)
				if got := string(r.State) + " " + deref(r.Summary); got != a.want {
					t.Errorf("%s: after attempt %d the result is %q, want %q", name, i, got, a.want)
				}
			}
		}
	})
}

// runAttempt runs one attempt. It fails the test unless the attempt resumes the engine's job as
// mustResume says.
func (fx *fixture) runAttempt(t *testing.T, args jobs.ProcessResult, a attempt, mustResume bool) error {
	t.Helper()
	var endAttempt func()
	fx.handler.AfterFunc = func(d time.Duration, f func()) *time.Timer {
		if d != a.timeout {
			t.Errorf("the timeout of the attempt is %s, want %s", d, a.timeout)
		}
		endAttempt = f
		return time.NewTimer(d)
	}
	fx.handler.Engine = engineFunc(func(ctx context.Context, sub engine.Submission, progress func(engine.Progress)) (string, error) {
		if mustResume != (sub.JobID == "j") {
			t.Errorf("the attempt resumes the engine job %q, want to resume one: %t", sub.JobID, mustResume)
		}
		for _, state := range a.states {
			progress(engine.Progress{State: state, JobID: "j"})
		}
		if a.err == nil && a.results == "" {
			endAttempt()
			return "", context.Cause(ctx)
		}
		return a.results, a.err
	})
	return fx.handler.Do(t.Context(), args)
}

// The id of an engine job that starts while the instance stops is stored, so that the next
// attempt resumes the job.
func TestEngineJobStoredDuringStop(t *testing.T) {
	fx := newFixture(t, dbtest.NewSQLite(t))
	args := fx.queueResult(t)
	ctx, stop := context.WithCancel(t.Context())
	fx.handler.Engine = engineFunc(func(ctx context.Context, _ engine.Submission, progress func(engine.Progress)) (string, error) {
		stop()
		<-ctx.Done()
		progress(engine.Progress{State: engine.Queued, JobID: "j"})
		return "", context.Cause(ctx)
	})
	if err := fx.handler.Do(ctx, args); !errors.Is(err, context.Canceled) {
		t.Errorf("Do = %v, want %v", err, context.Canceled)
	}
	run, err := change.LoadRun(t.Context(), fx.handler.Store, args.CourseID, args.ResultID, args.Generation)
	if err != nil || run.EngineJob != "j" {
		t.Errorf("LoadRun = %+v, %v, want the engine job j", run, err)
	}
}

// An attempt detaches before the deadline of its context, and leaves time to record the outcome.
func TestAttemptReserve(t *testing.T) {
	fx := newFixture(t, dbtest.NewSQLite(t))
	for _, timeout := range []time.Duration{time.Second, time.Minute, 20 * time.Minute, time.Hour} {
		fx.handler.Engine = engineFunc(func(context.Context, engine.Submission, func(engine.Progress)) (string, error) {
			return "", jobstest.ErrFailed
		})
		fx.handler.AfterFunc = func(d time.Duration, f func()) *time.Timer {
			if reserve := timeout - d; reserve < min(timeout/4, time.Minute) || d < timeout/2 {
				t.Errorf("with a deadline in %s the attempt lasts %s", timeout, d)
			}
			return time.NewTimer(d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		if err := fx.handler.Do(ctx, fx.queueResult(t)); !errors.Is(err, jobstest.ErrFailed) {
			t.Errorf("Do = %v", err)
		}
		cancel()
	}
}

// The pause of a result grows with its age if the engine answers but does not process it. The
// circuit breaker stays closed.
func TestSingleResultBackoff(t *testing.T) {
	fx := newFixture(t, dbtest.NewSQLite(t))
	fx.handler.Engine = engineFunc(func(_ context.Context, _ engine.Submission, progress func(engine.Progress)) (string, error) {
		progress(engine.Progress{State: engine.Queued, JobID: "j"})
		return "", engine.ErrUnavailable
	})
	args, start := fx.queueResult(t), fx.now
	for _, tt := range []struct{ age, pause time.Duration }{
		{0, 10 * time.Second}, {8 * time.Minute, 2 * time.Minute}, {2 * time.Hour, 30 * time.Minute}, {48 * time.Hour, time.Hour},
	} {
		fx.now = start.Add(tt.age)
		var later jobs.RetryLater
		if err := fx.handler.Do(t.Context(), args); !errors.As(err, &later) || later.After < tt.pause || later.After > tt.pause*5/4+time.Second {
			t.Errorf("after %s: Do = %v, want a pause of %s", tt.age, err, tt.pause)
		}
	}
}

// An unavailableEngine evaluates nothing. It counts checks and evaluations.
type unavailableEngine struct {
	engineFunc
	checks, evaluations int
	checkErr            error
}

func (e *unavailableEngine) Check(context.Context) (engine.Info, error) {
	e.checks++
	return engine.Info{}, e.checkErr
}

func (e *unavailableEngine) Evaluate(context.Context, engine.Submission, func(engine.Progress)) (*engine.Results, error) {
	e.evaluations++
	return nil, engine.ErrUnavailable
}

// Each time the circuit breaker opens, it stays open for longer. Then one job probes the engine.
func TestCircuitBreaker(t *testing.T) {
	s := dbtest.NewSQLite(t)
	fx := newFixture(t, s)
	args := fx.queueResult(t)
	e := &unavailableEngine{checkErr: engine.ErrUnavailable}
	fx.handler.Engine = e
	sequence := int64(0)
	for i, step := range []struct {
		after               time.Duration
		checks, evaluations int
		minPause, maxPause  time.Duration
	}{
		{0, 0, 1, 10 * time.Second, 14 * time.Second},
		{9 * time.Second, 0, 1, time.Second, 3 * time.Second},
		{time.Second, 1, 1, 20 * time.Second, 26 * time.Second},
		{0, 1, 1, 20 * time.Second, 26 * time.Second},
		{20 * time.Second, 2, 1, 40 * time.Second, 51 * time.Second},
		{time.Hour, 3, 1, 80 * time.Second, 101 * time.Second},
		{time.Hour, 4, 1, 120 * time.Second, 151 * time.Second},
		{time.Hour, 5, 1, 120 * time.Second, 151 * time.Second},
	} {
		fx.now = fx.now.Add(step.after)
		var later jobs.RetryLater
		if err := fx.handler.Do(t.Context(), args); !errors.As(err, &later) || later.After < step.minPause || later.After > step.maxPause {
			t.Errorf("%d: Do = %v, want a pause of %s to %s", i, err, step.minPause, step.maxPause)
		}
		if e.checks != step.checks || e.evaluations != step.evaluations {
			t.Errorf("%d: the engine got %d checks and %d evaluations, want %d and %d", i, e.checks, e.evaluations, step.checks, step.evaluations)
		}
		if r := fx.loadResult(t); i > 0 && r.SequenceID != sequence {
			t.Errorf("%d: the unchanged wait reason was stored again", i)
		} else {
			sequence = r.SequenceID
		}
	}
	fx.now, e.checkErr = fx.now.Add(time.Hour), nil
	if _ = fx.handler.Do(t.Context(), args); e.evaluations != 2 {
		t.Errorf("an engine that is available again got %d evaluations, want 2", e.evaluations)
	}
}

// The summary of a result that is given up includes the exception of the engine.
func TestGiveUpSummary(t *testing.T) {
	s := dbtest.NewSQLite(t)
	fx := newFixture(t, s)
	if err := fx.handler.GiveUp(t.Context(), fx.queueResult(t), fmt.Errorf("send it: %w", &engine.Exception{})); err != nil {
		t.Fatal(err)
	}
	if r := fx.loadResult(t); r.State != db.StateDone || !*r.HasError || !strings.Contains(*r.Summary, "the broker reports") {
		t.Errorf("the result is %s %q", r.State, *r.Summary)
	}
}

// A cancelRecorder is an engine that records the arguments of EndJob.
type cancelRecorder struct {
	engineFunc
	ended []string
	err   error
}

func (e *cancelRecorder) EndJob(_ context.Context, job string) error {
	e.ended = append(e.ended, job)
	return e.err
}

// The next job cancels the abandoned engine job of a superseded run, once the engine is
// available again.
func TestCancelAbandoned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		errKilled := errors.New("the instance was killed")
		e := &cancelRecorder{engineFunc: func(_ context.Context, _ engine.Submission, progress func(engine.Progress)) (string, error) {
			progress(engine.Progress{State: engine.Processing, JobID: "17"})
			return "", errKilled
		}}
		fx.handler.Engine = e
		if err := fx.handler.Do(t.Context(), fx.queueResult(t)); !errors.Is(err, errKilled) {
			t.Fatalf("Do = %v", err)
		}
		args := fx.queueResult(t)
		e.engineFunc = func(context.Context, engine.Submission, func(engine.Progress)) (string, error) { return "", errKilled }
		for i, tt := range []struct {
			err  error
			want int // the number of calls of EndJob so far
		}{{engine.ErrUnavailable, 1}, {jobstest.ErrFailed, 2}, {nil, 3}, {nil, 3}} {
			e.err = tt.err
			if err := fx.handler.Do(t.Context(), args); !errors.Is(err, errKilled) {
				t.Fatalf("Do = %v", err)
			}
			if len(e.ended) != tt.want || e.ended[0] != "17" {
				t.Errorf("%d: EndJob was called for the jobs %q, want %d calls for 17", i, e.ended, tt.want)
			}
		}
	})
}

// Reviewers read the exception of the engine in the list of jobs.
func TestJobFailure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx, q := newFixture(t, s), jobstest.Open(t, s)
		started := make(chan bool, 10)
		fx.handler.Engine = engineFunc(func(context.Context, engine.Submission, func(engine.Progress)) (string, error) {
			started <- true
			return "", fmt.Errorf("send the recipe: %w", &engine.Exception{})
		})
		q.Enqueue(t, fx.queueResult(t))
		r := q.Start(t, jobs.Register(fx.handler))
		jobstest.Receive(t, started)
		q.Stop(t, r)
		rows, err := db.CourseJobs.Load(t.Context(), s.DB(), fx.scope(), []query.Key{{fx.assignment.CourseID}}, query.Params{})
		if err != nil || len(rows[0]) != 1 {
			t.Fatalf("the jobs are %v, %v", rows, err)
		}
		if got := deref(rows[0][0].Failure); got != (&engine.Exception{}).Error() {
			t.Errorf("the job failed with %q, want the exception", got)
		}
	})
}
