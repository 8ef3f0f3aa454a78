package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/engine/brokerpb"
	"github.com/momotor/resultgraph/internal/engine/enginetest"
)

// The kinds of result of Evaluate.
const (
	well      = "well"
	away      = "away"
	gaveUp    = "gave up"
	tooLarge  = "too large"
	cancelled = "cancelled"
	fault     = "fault"
)

// resultKind returns the kind of an error.
func resultKind(err error) string {
	var job *engine.JobFailed
	switch {
	case err == nil:
		return well
	case errors.Is(err, engine.ErrUnavailable):
		return away
	case errors.As(err, &job):
		return gaveUp
	case errors.Is(err, engine.ErrTooLarge):
		return tooLarge
	case errors.Is(err, context.Canceled):
		return cancelled
	}
	return fault
}

// TestFaults injects each fault at each call, and checks the result of Evaluate and the number of
// jobs. No job is left at the broker unless it is unavailable.
func TestFaults(t *testing.T) {
	t.Parallel()
	auth := enginetest.Reject(brokerpb.ExceptionType_AUTH, "the token has expired")
	format := enginetest.Reject(brokerpb.ExceptionType_FORMAT, "bad message")
	job := enginetest.Reject(brokerpb.ExceptionType_JOB, "not with this job")
	bad := enginetest.Reject(brokerpb.ExceptionType_ASSET, "bad asset")
	absent := enginetest.Reject(brokerpb.ExceptionType_ASSET_NOT_FOUND, "no such asset")
	internal, unknown := enginetest.Status(codes.Internal, "crash"), enginetest.Status(codes.Unknown, "no idea")
	proxy, denied := enginetest.Status(codes.Unimplemented, "404"), enginetest.Status(codes.PermissionDenied, "403")
	type faults []enginetest.Fault
	always := func(f enginetest.Fault) faults { return slices.Repeat(faults{f}, 1000) }
	tests := []struct {
		method string
		faults faults
		want   string
		jobs   int
	}{
		{"serverInfo", faults{enginetest.NoResponse}, away, 0},
		{"serverInfo", faults{format}, away, 0},
		{"serverInfo", faults{job}, away, 0},
		{"serverInfo", faults{proxy}, away, 0},
		{"serverInfo", faults{denied}, away, 0},
		{"authenticate", faults{auth}, away, 0},
		{"authenticate", faults{enginetest.NoResponse}, away, 0},
		{"authenticate", faults{enginetest.Disconnect}, away, 0},
		{"authenticate", faults{format}, away, 0},
		{"authenticate", faults{unknown}, away, 0},
		{"createJob", faults{auth}, well, 1},
		{"createJob", faults{auth, auth}, away, 0},
		{"createJob", faults{job}, away, 0},
		{"createJob", faults{format}, away, 0},
		{"createJob", faults{internal}, away, 0},
		{"createJob", faults{unknown}, away, 0},
		{"createJob", faults{enginetest.NoResponse}, away, 0},
		{"uploadAsset", faults{auth}, well, 1},
		{"uploadAsset", faults{auth, auth}, away, 1},
		{"uploadAsset", faults{job}, fault, 1},
		{"uploadAsset", faults{bad}, fault, 1},
		{"uploadAsset", faults{enginetest.Disconnect}, well, 1},
		{"uploadAsset", faults{internal, proxy}, well, 1},
		{"uploadAsset", always(unknown), away, 1},
		{"uploadAsset", faults{enginetest.NoResponse, enginetest.NoResponse}, well, 1},
		{"startJob", faults{auth}, well, 1},
		{"startJob", faults{format}, fault, 1},
		{"startJob", faults{job}, fault, 1},
		{"startJob", faults{internal}, well, 1},
		{"startJob", faults{enginetest.NoResponse}, well, 1},
		{"startJob", faults{enginetest.Disconnect}, well, 1},
		{"jobStatus", faults{auth}, well, 1},
		{"jobStatus", faults{format}, fault, 1},
		{"jobStatus", faults{internal}, well, 1},
		{"jobStatus", faults{denied, unknown}, well, 1},
		{"jobStatus", always(internal), away, 1},
		{"jobStatus", faults{job}, well, 2},
		{"jobStatus", faults{job, job}, away, 2},
		{"jobStatus", faults{enginetest.Disconnect, enginetest.Disconnect}, well, 1},
		{"jobStatus", faults{enginetest.NoResponse}, well, 1},
		{"multiJobStatusStream", faults{auth, auth, job, internal, enginetest.EarlyClose, enginetest.Disconnect, enginetest.NoResponse}, well, 1},
		{"downloadAsset", faults{auth}, well, 1},
		{"downloadAsset", faults{absent}, gaveUp, 1},
		{"downloadAsset", faults{bad}, fault, 1},
		{"downloadAsset", faults{job}, fault, 1},
		{"downloadAsset", faults{internal, unknown}, well, 1},
		{"downloadAsset", always(internal), away, 1},
		{"downloadAsset", faults{enginetest.Disconnect, enginetest.NoResponse}, well, 1},
		{"downloadAsset", faults{enginetest.DisconnectHalfway, enginetest.StalledHalfway}, well, 1},
		{"downloadAsset", faults{enginetest.EmptyChunks}, well, 1},
		{"downloadAsset", faults{enginetest.EmptyChunks, enginetest.EmptyChunks, enginetest.EmptyChunks}, fault, 1},
		{"downloadAsset", faults{enginetest.Corrupted, enginetest.Truncated}, well, 1},
		{"downloadAsset", faults{enginetest.Corrupted, enginetest.Truncated, enginetest.TooLong}, fault, 1},
		{"endJob", faults{auth}, well, 1},
		{"endJob", faults{enginetest.Disconnect}, well, 1},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprint(i, tt.method), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake, e := connect(t, enginetest.Config{Steps: 4, ChunkSize: 100})
				if tt.method == "jobStatus" { // no polling while the broker sends updates
					fake.InjectFaults("multiJobStatusStream", always(enginetest.NoResponse)...)
				}
				fake.InjectFaults(tt.method, tt.faults...)
				r, err := e.Evaluate(t.Context(), newSubmission(), nil)
				if err == nil {
					if got, want := text(t, r), resultXML(t); got != want {
						t.Errorf("Evaluate = %q, want %q", got, want)
					}
				}
				if got := resultKind(err); got != tt.want {
					t.Errorf("Evaluate ends with %s: %v, want %s", got, err, tt.want)
				}
				c := fake.Counts()
				if c.Created != tt.jobs {
					t.Errorf("Evaluate made %d jobs, want %d", c.Created, tt.jobs)
				}
				left := 0
				if tt.jobs > 1 {
					left = 1 // the broker has reported that it does not know it
				}
				if tt.want != away && c.Jobs != left || c.DoubleStarts > 0 {
					t.Errorf("the broker has seen %+v, want %d jobs left and none started twice", c, left)
				}
			})
		})
	}
}

// TestJobFails asserts that a job that ends without results is not retried, and that its text is
// that of the engine.
func TestJobFails(t *testing.T) {
	t.Parallel()
	for _, state := range []brokerpb.JobState{brokerpb.JobState_CANCELLED, brokerpb.JobState_FAILED} {
		synctest.Test(t, func(t *testing.T) {
			fake, e := connect(t, enginetest.Config{})
			go func() {
				synctest.Wait()
				fake.SetStatus(fake.Jobs()[0], &brokerpb.JobStatus{State: state, Failure: "checklet crashed, key testkey" + strings.Repeat("!", 9999)})
			}()
			_, err := e.Evaluate(t.Context(), newSubmission(), nil)
			var job *engine.JobFailed
			if !errors.As(err, &job) || !strings.HasPrefix(job.Failure, "checklet crashed") || len(job.Failure) > 5000 || strings.Contains(job.Failure, "testkey") {
				t.Errorf("Evaluate = %.200v, want the text of the failure", err)
			}
			wantClean(t, fake)
		})
	}
}

// TestForeignText asserts that the text of the broker is sanitized.
func TestForeignText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{})
		go func() {
			synctest.Wait()
			fake.SetStatus("job-1", &brokerpb.JobStatus{State: brokerpb.JobState_FAILED, Failure: "a\x00b\x1b[31m\n\tc"})
		}()
		_, err := e.Evaluate(t.Context(), newSubmission(), nil)
		var job *engine.JobFailed
		if !errors.As(err, &job) || job.Failure != "a\uFFFDb\uFFFD[31m\n\tc" {
			t.Errorf("Evaluate = %q, want the text without control characters", err)
		}
		fake.InjectFaults("uploadAsset", enginetest.Reject(brokerpb.ExceptionType_FORMAT, "testkey\x00"+strings.Repeat("€", 9999)))
		_, err = e.Evaluate(t.Context(), newSubmission(), nil)
		var said *engine.Exception
		if !errors.As(err, &said) || !strings.HasPrefix(said.Error(), "the broker reports FORMAT: …\uFFFD€€") || len(said.Error()) > 1200 {
			t.Errorf("Evaluate = %.200q, want the sanitized text of the broker", err)
		}
		wantClean(t, fake)
	})
}

// TestUnknownState asserts that an unknown state does not end a job and does not cause constant
// polling.
func TestUnknownState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{})
		go func() {
			synctest.Wait()
			fake.SetStatus("job-1", &brokerpb.JobStatus{State: 7})
			time.Sleep(time.Minute)
			fake.SetStatus("job-1", finished())
		}()
		start := time.Now()
		r, err := e.Evaluate(t.Context(), newSubmission(), nil)
		if err != nil {
			t.Fatal(err)
		}
		text(t, r)
		wantClean(t, fake)
		if c, took := fake.Counts(), time.Since(start); c.StatusRequests > 40 || took < time.Minute {
			t.Errorf("the broker was asked %d times in %s", c.StatusRequests, took)
		}
	})
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{Steps: 1})
		w := newSubmission()
		w.MaxResultSize = int64(len(resultXML(t)))
		r, err := e.Evaluate(t.Context(), w, nil)
		if err != nil {
			t.Fatalf("Evaluate of results of just the limit = %v", err)
		}
		text(t, r)
		w.MaxResultSize--
		if _, err := e.Evaluate(t.Context(), w, nil); resultKind(err) != tooLarge {
			t.Errorf("Evaluate of results of one byte more = %v, want %v", err, engine.ErrTooLarge)
		}
		wantClean(t, fake)
	})
}

// TestUnreadable asserts that an asset with another content than announced is a local error, and
// that the job is removed from the broker.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int64{"longer": 400, "shorter": 200} {
		synctest.Test(t, func(t *testing.T) {
			fake, e := connect(t, enginetest.Config{Steps: 1})
			w := newSubmission()
			w.Product = asset(engine.XML, strings.Repeat("x", 300))
			w.Product.Size = size
			if _, err := e.Evaluate(t.Context(), w, nil); resultKind(err) != fault || !strings.Contains(err.Error(), fmt.Sprint(size)) {
				t.Errorf("Evaluate of a product of 300 bytes that is to have %d, so %s = %v, want an error that says so", size, name, err)
			}
			wantClean(t, fake)
		})
	}
}

// TestCancelled asserts that a cancelled Evaluate removes its job from the broker.
func TestCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			cancel()
		}()
		if _, err := e.Evaluate(ctx, newSubmission(), nil); resultKind(err) != cancelled {
			t.Errorf("Evaluate = %v, want %v", err, context.Canceled)
		}
		wantClean(t, fake)
		if c := fake.Counts(); c.Started != 1 || c.Ended != 1 {
			t.Errorf("%d jobs started and %d ended, want 1 and 1", c.Started, c.Ended)
		}
	})
}

// TestResultsAreRemoved asserts that no results remain on disk.
func TestResultsAreRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, _ := connect(t, enginetest.Config{Steps: 1})
		dir := t.TempDir()
		e, err := engine.NewBroker(engine.BrokerConfig{Address: "grpc://broker.test", Key: "testkey", Secret: "secret", Dir: dir, Dial: fake.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		fake.InjectFaults("downloadAsset", slices.Repeat([]enginetest.Fault{enginetest.Corrupted}, 3)...)
		if _, err := e.Evaluate(t.Context(), newSubmission(), nil); resultKind(err) != fault {
			t.Errorf("Evaluate = %v, want a fault", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("on disk are %v, %v, want none", left, err)
		}
	})
}
