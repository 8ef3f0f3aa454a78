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

// TestDetach asserts that a job stays at the broker after ErrDetached and can be resumed.
func TestDetach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{})
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			synctest.Wait()
			cancel(engine.ErrDetached)
		}()
		sub := newSubmission()
		if _, err := e.Evaluate(ctx, sub, func(p engine.Progress) { sub.JobID = p.JobID }); !errors.Is(err, engine.ErrDetached) {
			t.Errorf("Evaluate = %v, want %v", err, engine.ErrDetached)
		}
		fake.SetStatus(sub.JobID, finished())
		wantResumed(t, fake, e, sub)
	})
}

// wantResumed resumes a job that has ended in the meantime, and checks that there is no progress.
func wantResumed(t *testing.T, fake *enginetest.Broker, e *engine.Broker, sub engine.Submission) {
	t.Helper()
	r, err := e.Evaluate(t.Context(), sub, func(p engine.Progress) { t.Errorf("progress %+v of a job that has ended, want none", p) })
	if err != nil {
		t.Fatal(err)
	}
	text(t, r)
	wantClean(t, fake)
	if c := fake.Counts(); c.Created != 1 || c.Started != 1 {
		t.Errorf("the broker counts %+v, want one job", c)
	}
}

// TestOutage asserts that Evaluate waits for a broker that is down for a minute while it has the
// job.
func TestOutage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		outage func(*enginetest.Broker)
		jobs   int
	}{
		"remembers":        {func(*enginetest.Broker) {}, 1},
		"forgets":          {(*enginetest.Broker).Forget, 2},
		"forgets tokens":   {(*enginetest.Broker).ExpireTokens, 1},
		"finishes the job": {func(b *enginetest.Broker) { b.SetStatus("job-1", finished()) }, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake, e := connect(t, enginetest.Config{})
				var faults sync.WaitGroup
				defer faults.Wait()
				faults.Go(func() {
					synctest.Wait()
					fake.Stop()
					tt.outage(fake)
					time.Sleep(time.Minute)
					fake.Start()
					time.Sleep(20 * time.Second)
					for _, id := range fake.Jobs() {
						fake.SetStatus(id, finished())
					}
				})
				r, err := e.Evaluate(t.Context(), newSubmission(), nil)
				if err != nil {
					t.Fatal(err)
				}
				text(t, r)
				wantClean(t, fake)
				if c := fake.Counts(); c.Created != tt.jobs || c.Started != tt.jobs {
					t.Errorf("the broker counts %+v, want %d jobs", c, tt.jobs)
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
			fake.InjectFaults(method, enginetest.NoResponse)
			var faults sync.WaitGroup
			defer faults.Wait()
			faults.Go(func() {
				synctest.Wait() // until Evaluate waits for an update
				fake.Forget()
			})
			r, err := e.Evaluate(t.Context(), newSubmission(), nil)
			if err != nil {
				t.Fatalf("Evaluate with a broker that forgets jobs during %s = %v", method, err)
			}
			text(t, r)
			wantClean(t, fake)
			if c := fake.Counts(); c.Created != 2 || c.Logins != 2 {
				t.Errorf("the broker counts %+v, want 2 jobs and 2 logins", c)
			}
		})
	}
}

func finished() *brokerpb.JobStatus {
	return &brokerpb.JobStatus{State: brokerpb.JobState_FINISHED}
}

// TestResume asserts that a job is resumed after an outage of the broker or a killed process.
func TestResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{})
		go func() {
			synctest.Wait()
			fake.Stop()
		}()
		sub := newSubmission()
		_, err := e.Evaluate(t.Context(), sub, func(p engine.Progress) { sub.JobID = p.JobID })
		if resultKind(err) != unavailable {
			t.Fatalf("Evaluate = %v, want %v", err, engine.ErrUnavailable)
		}
		fake.SetStatus("job-1", finished())
		fake.Start()
		time.Sleep(time.Minute)
		wantResumed(t, fake, e, sub)
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
				fake.InjectFaults(method, enginetest.Disconnect) // the process is killed here
				killed := client(t, fake, "secret")
				sub := newSubmission()
				go func() {
					r, err := killed.Evaluate(t.Context(), sub, func(p engine.Progress) {
						if sub.JobID == "" {
							sub.JobID = p.JobID
						}
					})
					if err == nil {
						_ = r.Close()
					}
				}()
				synctest.Wait()
				_ = killed.Close()
				synctest.Wait()
				r, err := e.Evaluate(t.Context(), sub, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := text(t, r), resultXML(t); got != want {
					t.Errorf("Evaluate = %q, want %q", got, want)
				}
				if c := fake.Counts(); c.DoubleStarts > 0 || method != "createJob" && c.Jobs > 0 {
					t.Errorf("the broker counts %+v, want no job left and none started twice", c)
				}
			})
		})
	}
}
