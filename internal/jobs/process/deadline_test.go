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

// A goAt is one go at processing a result: what the engine tells of its job, and how it ends;
// with nothing it goes on until it is stopped.
type goAt struct {
	at      time.Duration // since the first
	most    time.Duration // how long it may go on
	told    []engine.State
	results string
	err     error
	later   bool // it is to be gone on with
	want    string
}

// The engine may take its time to begin, and be away. What it processes for longer than it
// may fails, unless it is done by the time that it is asked.
func TestProcessLimit(t *testing.T) {
	const limit = time.Hour
	queued, processing := []engine.State{engine.Queued}, []engine.State{engine.Queued, engine.Processing}
	away := fmt.Errorf("%w: refused", engine.ErrUnavailable)
	tests := map[string][]goAt{
		"waits at the engine": {
			{0, limit, queued, "", nil, true, "queued The result is in the engine's queue."},
			{9 * limit, limit, queued, "", nil, true, "queued The result is in the engine's queue."},
			{18 * limit, limit, processing, passXML, nil, false, "done Well done"},
		},
		"takes long": {
			{0, limit, processing, "", nil, true, "processing "},
			{limit - time.Minute, time.Minute, processing[1:], "", nil, true, "processing "},
			{limit, 5 * time.Minute, processing[1:], "", nil, false, "done The engine exceeded the time limit of 1h0m0s."},
		},
		"is done by then": {
			{0, limit, processing, "", nil, true, "processing "},
			{2 * limit, 5 * time.Minute, nil, passXML, nil, false, "done Well done"},
		},
		"is away meanwhile": {
			{0, limit, processing, "", nil, true, "processing "},
			{limit / 2, limit / 2, nil, "", away, true, "queued The engine could not process this result. It will be retried."},
			{3 * limit, limit, processing[1:], "", nil, true, "processing "},
			{4*limit - time.Minute, time.Minute, processing[1:], passXML, nil, false, "done Well done"},
		},
		"is away at the limit": {
			{0, limit, processing, "", nil, true, "processing "},
			{limit, 5 * time.Minute, nil, "", away, true, "queued The engine could not process this result. It will be retried."},
			{2 * limit, limit, nil, passXML, nil, false, "done Well done"},
		},
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l := newLab(t, s)
		for name, goes := range tests {
			w := l.queue(t)
			first := l.now
			for i, g := range goes {
				l.now = first.Add(g.at)
				err := l.goAt(t, w, g, i > 0)
				var later jobs.RetryLater
				if errors.As(err, &later) != g.later || err != nil && !g.later {
					t.Errorf("%s: go %d = %v", name, i, err)
				}
				r := l.read(t)
				if got := string(r.State) + " " + deref(r.Summary); got != g.want {
					t.Errorf("%s: after go %d the result is %q, want %q", name, i, got, g.want)
				}
			}
		}
	})
}

// goAt lets the processor go at the work once, for as long as it may when the engine does
// not end.
func (l *lab) goAt(t *testing.T, w jobs.ProcessResult, g goAt, again bool) error {
	t.Helper()
	var over func()
	l.processor.AfterFunc = func(d time.Duration, f func()) *time.Timer {
		if d != g.most {
			t.Errorf("the go at it may take %s, want %s", d, g.most)
		}
		over = f
		return time.NewTimer(d)
	}
	l.processor.Engine = script(func(ctx context.Context, work engine.Submission, progress func(engine.Progress)) (string, error) {
		if again != (work.JobID == "j") {
			t.Errorf("the engine is to go on with %q", work.JobID)
		}
		for _, state := range g.told {
			progress(engine.Progress{State: state, JobID: "j"})
		}
		if g.err == nil && g.results == "" {
			over()
			return "", context.Cause(ctx)
		}
		return g.results, g.err
	})
	return l.processor.Do(t.Context(), w)
}

// A job that the engine makes just when the program stops is written down: the next one goes
// on with it.
func TestProcessStopsAtFirst(t *testing.T) {
	l := newLab(t, dbtest.Open(t, dbtest.SQLite(t)))
	w := l.queue(t)
	ctx, stop := context.WithCancel(t.Context())
	l.processor.Engine = script(func(ctx context.Context, _ engine.Submission, progress func(engine.Progress)) (string, error) {
		stop()
		<-ctx.Done()
		progress(engine.Progress{State: engine.Queued, JobID: "j"})
		return "", context.Cause(ctx)
	})
	if err := l.processor.Do(ctx, w); !errors.Is(err, context.Canceled) {
		t.Errorf("Do = %v, want %v", err, context.Canceled)
	}
	run, err := change.LoadRun(t.Context(), l.processor.Store, w.CourseID, w.ResultID, w.Generation)
	if err != nil || run.EngineJob != "j" {
		t.Errorf("Run = %+v, %v, want the job j", run, err)
	}
}

// A go at it ends in time before its context does.
func TestProcessLeavesTime(t *testing.T) {
	l := newLab(t, dbtest.Open(t, dbtest.SQLite(t)))
	for _, left := range []time.Duration{time.Second, time.Minute, 20 * time.Minute, time.Hour} {
		l.processor.Engine = script(func(context.Context, engine.Submission, func(engine.Progress)) (string, error) {
			return "", jobstest.ErrFailed
		})
		l.processor.AfterFunc = func(d time.Duration, f func()) *time.Timer {
			if spare := left - d; spare < min(left/4, time.Minute) || d < left/2 {
				t.Errorf("of %s it takes %s", left, d)
			}
			return time.NewTimer(d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), left)
		if err := l.processor.Do(ctx, l.queue(t)); !errors.Is(err, jobstest.ErrFailed) {
			t.Errorf("Do = %v", err)
		}
		cancel()
	}
}

// A result that an engine does not do though it answers waits for longer and longer, and
// keeps no other from the engine.
func TestProcessOfOne(t *testing.T) {
	l := newLab(t, dbtest.Open(t, dbtest.SQLite(t)))
	l.processor.Engine = script(func(_ context.Context, _ engine.Submission, progress func(engine.Progress)) (string, error) {
		progress(engine.Progress{State: engine.Queued, JobID: "j"})
		return "", engine.ErrUnavailable
	})
	w, start := l.queue(t), l.now
	for _, tt := range []struct{ age, least time.Duration }{
		{0, 10 * time.Second}, {8 * time.Minute, 2 * time.Minute}, {2 * time.Hour, 30 * time.Minute}, {48 * time.Hour, time.Hour},
	} {
		l.now = start.Add(tt.age)
		var later jobs.RetryLater
		if err := l.processor.Do(t.Context(), w); !errors.As(err, &later) || later.After < tt.least || later.After > tt.least*5/4+time.Second {
			t.Errorf("after %s: Do = %v, want to wait for %s", tt.age, err, tt.least)
		}
	}
}

// A surly engine does nothing, and counts who comes.
type surly struct {
	script
	checked, asked int
	silent         error
}

func (e *surly) Check(context.Context) (engine.Info, error) {
	e.checked++
	return engine.Info{}, e.silent
}

func (e *surly) Evaluate(context.Context, engine.Submission, func(engine.Progress)) (*engine.Results, error) {
	e.asked++
	return nil, engine.ErrUnavailable
}

// An engine that is away is left alone for longer and longer, and then asked for by one.
func TestProcessRest(t *testing.T) {
	s := dbtest.Open(t, dbtest.SQLite(t))
	l := newLab(t, s)
	w := l.queue(t)
	e := &surly{silent: engine.ErrUnavailable}
	l.processor.Engine = e
	sequence := int64(0)
	for i, want := range []struct {
		after          time.Duration
		checked, asked int
		least, most    time.Duration // to wait
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
		l.now = l.now.Add(want.after)
		var later jobs.RetryLater
		if err := l.processor.Do(t.Context(), w); !errors.As(err, &later) || later.After < want.least || later.After > want.most {
			t.Errorf("%d: Do = %v, want to wait for %s to %s", i, err, want.least, want.most)
		}
		if e.checked != want.checked || e.asked != want.asked {
			t.Errorf("%d: %d looked whether it is there, and %d gave it work; want %d and %d", i, e.checked, e.asked, want.checked, want.asked)
		}
		if r := l.read(t); i > 0 && r.SequenceID != sequence {
			t.Errorf("%d: it is written once more that the result waits", i)
		} else {
			sequence = r.SequenceID
		}
	}
	l.now, e.silent = l.now.Add(time.Hour), nil
	if _ = l.processor.Do(t.Context(), w); e.asked != 2 {
		t.Errorf("an engine that answers again was given work %d times, want 2", e.asked)
	}
}

// What the engine has against the work is told to who knows the recipe.
func TestProcessGivesUp(t *testing.T) {
	s := dbtest.Open(t, dbtest.SQLite(t))
	l := newLab(t, s)
	if err := l.processor.GiveUp(t.Context(), l.queue(t), fmt.Errorf("send it: %w", &engine.Exception{})); err != nil {
		t.Fatal(err)
	}
	if r := l.read(t); r.State != db.StateDone || !*r.HasError || !strings.Contains(*r.Summary, "the broker reports") {
		t.Errorf("the result is %s %q", r.State, *r.Summary)
	}
}

// An ender is an engine that is told of jobs to end.
type ender struct {
	script
	ended []string
	err   error
}

func (e *ender) EndJob(_ context.Context, job string) error {
	e.ended = append(e.ended, job)
	return e.err
}

// The engine's job of a turn that nobody ends is ended by who comes next, once it is back.
func TestProcessEndsJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l := newLab(t, s)
		gone := errors.New("the program is gone")
		e := &ender{script: func(_ context.Context, _ engine.Submission, progress func(engine.Progress)) (string, error) {
			progress(engine.Progress{State: engine.Processing, JobID: "17"})
			return "", gone
		}}
		l.processor.Engine = e
		if err := l.processor.Do(t.Context(), l.queue(t)); !errors.Is(err, gone) {
			t.Fatalf("Do = %v", err)
		}
		w := l.queue(t)
		e.script = func(context.Context, engine.Submission, func(engine.Progress)) (string, error) { return "", gone }
		for i, tt := range []struct {
			err  error
			want int // ends so far
		}{{engine.ErrUnavailable, 1}, {jobstest.ErrFailed, 2}, {nil, 3}, {nil, 3}} {
			e.err = tt.err
			if err := l.processor.Do(t.Context(), w); !errors.Is(err, gone) {
				t.Fatalf("Do = %v", err)
			}
			if len(e.ended) != tt.want || e.ended[0] != "17" {
				t.Errorf("%d: the engine was told to end %q, want %d times 17", i, e.ended, tt.want)
			}
		}
	})
}

// Reviewers read in the list of work what the engine has against it.
func TestProcessTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		l, h := newLab(t, s), jobstest.Open(t, s)
		came := make(chan bool, 10)
		l.processor.Engine = script(func(context.Context, engine.Submission, func(engine.Progress)) (string, error) {
			came <- true
			return "", fmt.Errorf("send the recipe: %w", &engine.Exception{})
		})
		h.Enqueue(t, nil, l.queue(t))
		r := h.Start(t, jobs.Register(l.processor))
		jobstest.Receive(t, came)
		h.Stop(t, r)
		rows, err := db.CourseJobs.Load(t.Context(), s.DB(), l.scope(), []query.Key{{l.assignment.CourseID}}, query.Params{})
		if err != nil || len(rows[0]) != 1 {
			t.Fatalf("the work is %v, %v", rows, err)
		}
		if got := deref(rows[0][0].Failure); got != (&engine.Exception{}).Error() {
			t.Errorf("the work failed with %q, want the broker's words", got)
		}
	})
}
