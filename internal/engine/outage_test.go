package engine_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/engine/brokerpb"
	"github.com/momotor/resultgraph/internal/engine/enginetest"
)

// TestSetAside asserts that a job that is set aside stays at the broker and can be resumed.
func TestSetAside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{})
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			synctest.Wait()
			cancel(engine.ErrSetAside)
		}()
		w := work()
		if _, err := e.Evaluate(ctx, w, func(p engine.Progress) { w.Job = p.Job }); !errors.Is(err, engine.ErrSetAside) {
			t.Errorf("Evaluate = %v, want %v", err, engine.ErrSetAside)
		}
		fake.Set(w.Job, finished())
		wantResumed(t, fake, e, w)
	})
}

// wantResumed resumes a job that has ended in the meantime, and checks that there is no progress.
func wantResumed(t *testing.T, fake *enginetest.Broker, e *engine.Broker, w engine.Work) {
	t.Helper()
	r, err := e.Evaluate(t.Context(), w, func(p engine.Progress) { t.Errorf("told %v of a job that has ended", p) })
	if err != nil {
		t.Fatal(err)
	}
	text(t, r)
	wantClean(t, fake)
	if c := fake.Counts(); c.Created != 1 || c.Started != 1 {
		t.Errorf("the broker has seen %+v, want one job", c)
	}
}

// TestOutage asserts that Evaluate waits for a broker that is down for a minute while it has the
// job.
func TestOutage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		during func(*enginetest.Broker)
		jobs   int
	}{
		"remembers":       {func(*enginetest.Broker) {}, 1},
		"forgets":         {(*enginetest.Broker).Forget, 2},
		"forgets tokens":  {(*enginetest.Broker).ExpireTokens, 1},
		"ends it by then": {func(b *enginetest.Broker) { b.Set("job-1", finished()) }, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake, e := connect(t, enginetest.Config{})
				var other sync.WaitGroup
				defer other.Wait()
				other.Go(func() {
					synctest.Wait()
					fake.Stop()
					tt.during(fake)
					time.Sleep(time.Minute)
					fake.Start()
					time.Sleep(20 * time.Second)
					for _, id := range fake.Jobs() {
						fake.Set(id, finished())
					}
				})
				r, err := e.Evaluate(t.Context(), work(), nil)
				if err != nil {
					t.Fatal(err)
				}
				text(t, r)
				wantClean(t, fake)
				if c := fake.Counts(); c.Created != tt.jobs || c.Started != tt.jobs {
					t.Errorf("the broker has seen %+v, want %d jobs", c, tt.jobs)
				}
			})
		})
	}
}

// TestForgotten asserts that polling detects a broker that forgets its jobs during a connection.
func TestForgotten(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"uploadAsset", "startJob", "jobStatus", "downloadAsset"} {
		synctest.Test(t, func(t *testing.T) {
			fake, e := connect(t, enginetest.Config{Steps: 2})
			fake.Next(method, enginetest.Silent)
			var other sync.WaitGroup
			defer other.Wait()
			other.Go(func() {
				synctest.Wait() // until Evaluate waits for an update
				fake.Forget()
			})
			r, err := e.Evaluate(t.Context(), work(), nil)
			if err != nil {
				t.Fatalf("Evaluate by a broker that forgets during %s = %v", method, err)
			}
			text(t, r)
			wantClean(t, fake)
			if c := fake.Counts(); c.Created != 2 || c.Logins != 2 {
				t.Errorf("the broker has seen %+v, want 2 jobs and 2 logins", c)
			}
		})
	}
}

func finished() *brokerpb.JobStatus {
	return &brokerpb.JobStatus{State: brokerpb.JobState_FINISHED}
}

// TestResume asserts that work is resumed after an outage of the broker or a killed process.
func TestResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{})
		go func() {
			synctest.Wait()
			fake.Stop()
		}()
		w := work()
		_, err := e.Evaluate(t.Context(), w, func(p engine.Progress) { w.Job = p.Job })
		if resultKind(err) != away {
			t.Fatalf("Evaluate = %v, want %v", err, engine.ErrUnavailable)
		}
		fake.Set("job-1", finished())
		fake.Start()
		time.Sleep(time.Minute)
		wantResumed(t, fake, e, w)
	})
}

// TestResumeInAnyState asserts that jobs end whatever their state was when the process was killed.
func TestResumeInAnyState(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"createJob", "uploadAsset", "startJob", "jobStatus", "downloadAsset", "endJob"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake, e := connect(t, enginetest.Config{Steps: 3})
				fake.Next(method, enginetest.Cut) // the process is killed here
				killed := client(t, fake, "secret")
				w := work()
				go func() {
					r, err := killed.Evaluate(t.Context(), w, func(p engine.Progress) {
						if w.Job == "" {
							w.Job = p.Job
						}
					})
					if err == nil {
						_ = r.Close()
					}
				}()
				synctest.Wait()
				_ = killed.Close()
				synctest.Wait()
				r, err := e.Evaluate(t.Context(), w, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := text(t, r), resultXML(t); got != want {
					t.Errorf("Evaluate = %q, want %q", got, want)
				}
				if c := fake.Counts(); c.DoubleStarts > 0 || method != "createJob" && c.Jobs > 0 {
					t.Errorf("the broker has seen %+v, want no job left and none started twice", c)
				}
			})
		})
	}
}
