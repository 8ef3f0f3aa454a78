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
	succeeded   = "succeeded"
	unavailable = "unavailable"
	jobFailed   = "job failed"
	tooLarge    = "too large"
	cancelled   = "cancelled"
	otherError  = "another error"
)

// resultKind returns the kind of an error.
func resultKind(err error) string {
	var job *engine.JobFailed
	switch {
	case err == nil:
		return succeeded
	case errors.Is(err, engine.ErrUnavailable):
		return unavailable
	case errors.As(err, &job):
		return jobFailed
	case errors.Is(err, engine.ErrTooLarge):
		return tooLarge
	case errors.Is(err, context.Canceled):
		return cancelled
	}
	return otherError
}

// TestFaults injects each fault at each call, and checks the result of Evaluate and the number of
// jobs. No job remains at the broker unless the broker is unavailable.
func TestFaults(t *testing.T) {
	t.Parallel()
	auth := enginetest.Reject(brokerpb.ExceptionType_AUTH, "the token has expired")
	format := enginetest.Reject(brokerpb.ExceptionType_FORMAT, "bad message")
	job := enginetest.Reject(brokerpb.ExceptionType_JOB, "not with this job")
	invalid := enginetest.Reject(brokerpb.ExceptionType_ASSET, "bad asset")
	notFound := enginetest.Reject(brokerpb.ExceptionType_ASSET_NOT_FOUND, "no such asset")
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
		{"serverInfo", faults{enginetest.NoResponse}, unavailable, 0},
		{"serverInfo", faults{format}, unavailable, 0},
		{"serverInfo", faults{job}, unavailable, 0},
		{"serverInfo", faults{proxy}, unavailable, 0},
		{"serverInfo", faults{denied}, unavailable, 0},
		{"authenticate", faults{auth}, unavailable, 0},
		{"authenticate", faults{enginetest.NoResponse}, unavailable, 0},
		{"authenticate", faults{enginetest.Disconnect}, unavailable, 0},
		{"authenticate", faults{format}, unavailable, 0},
		{"authenticate", faults{unknown}, unavailable, 0},
		{"createJob", faults{auth}, succeeded, 1},
		{"createJob", faults{auth, auth}, unavailable, 0},
		{"createJob", faults{job}, unavailable, 0},
		{"createJob", faults{format}, unavailable, 0},
		{"createJob", faults{internal}, unavailable, 0},
		{"createJob", faults{unknown}, unavailable, 0},
		{"createJob", faults{enginetest.NoResponse}, unavailable, 0},
		{"uploadAsset", faults{auth}, succeeded, 1},
		{"uploadAsset", faults{auth, auth}, unavailable, 1},
		{"uploadAsset", faults{job}, otherError, 1},
		{"uploadAsset", faults{invalid}, otherError, 1},
		{"uploadAsset", faults{enginetest.Disconnect}, succeeded, 1},
		{"uploadAsset", faults{internal, proxy}, succeeded, 1},
		{"uploadAsset", always(unknown), unavailable, 1},
		{"uploadAsset", faults{enginetest.NoResponse, enginetest.NoResponse}, succeeded, 1},
		{"startJob", faults{auth}, succeeded, 1},
		{"startJob", faults{format}, otherError, 1},
		{"startJob", faults{job}, otherError, 1},
		{"startJob", faults{internal}, succeeded, 1},
		{"startJob", faults{enginetest.NoResponse}, succeeded, 1},
		{"startJob", faults{enginetest.Disconnect}, succeeded, 1},
		{"jobStatus", faults{auth}, succeeded, 1},
		{"jobStatus", faults{format}, otherError, 1},
		{"jobStatus", faults{internal}, succeeded, 1},
		{"jobStatus", faults{denied, unknown}, succeeded, 1},
		{"jobStatus", always(internal), unavailable, 1},
		{"jobStatus", faults{job}, succeeded, 2},
		{"jobStatus", faults{job, job}, unavailable, 2},
		{"jobStatus", faults{enginetest.Disconnect, enginetest.Disconnect}, succeeded, 1},
		{"jobStatus", faults{enginetest.NoResponse}, succeeded, 1},
		{"multiJobStatusStream", faults{auth, auth, job, internal, enginetest.EarlyClose, enginetest.Disconnect, enginetest.NoResponse}, succeeded, 1},
		{"downloadAsset", faults{auth}, succeeded, 1},
		{"downloadAsset", faults{notFound}, jobFailed, 1},
		{"downloadAsset", faults{invalid}, otherError, 1},
		{"downloadAsset", faults{job}, otherError, 1},
		{"downloadAsset", faults{internal, unknown}, succeeded, 1},
		{"downloadAsset", always(internal), unavailable, 1},
		{"downloadAsset", faults{enginetest.Disconnect, enginetest.NoResponse}, succeeded, 1},
		{"downloadAsset", faults{enginetest.DisconnectHalfway, enginetest.StalledHalfway}, succeeded, 1},
		{"downloadAsset", faults{enginetest.EmptyChunks}, succeeded, 1},
		{"downloadAsset", faults{enginetest.EmptyChunks, enginetest.EmptyChunks, enginetest.EmptyChunks}, otherError, 1},
		{"downloadAsset", faults{enginetest.Corrupted, enginetest.Truncated}, succeeded, 1},
		{"downloadAsset", faults{enginetest.Corrupted, enginetest.Truncated, enginetest.TooLong}, otherError, 1},
		{"endJob", faults{auth}, succeeded, 1},
		{"endJob", faults{enginetest.Disconnect}, succeeded, 1},
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
					t.Errorf("Evaluate = %s: %v, want %s", got, err, tt.want)
				}
				c := fake.Counts()
				if c.Created != tt.jobs {
					t.Errorf("Evaluate created %d jobs, want %d", c.Created, tt.jobs)
				}
				left := 0
				if tt.jobs > 1 {
					left = 1 // the broker reported the first job as unknown, so it is not removed
				}
				if tt.want != unavailable && c.Jobs != left || c.DoubleStarts > 0 {
					t.Errorf("the broker counts %+v, want %d jobs left and none started twice", c, left)
				}
			})
		})
	}
}

// TestJobFails asserts that a job that ends without results is not retried, and that the error has
// the text of the engine.
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
		var exception *engine.Exception
		if !errors.As(err, &exception) || !strings.HasPrefix(exception.Error(), "the broker reports FORMAT: …\uFFFD€€") || len(exception.Error()) > 1200 {
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
			t.Errorf("%d status requests in %s, want at most 40", c.StatusRequests, took)
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
			t.Fatalf("Evaluate of results of exactly the limit = %v", err)
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
			if _, err := e.Evaluate(t.Context(), w, nil); resultKind(err) != otherError || !strings.Contains(err.Error(), fmt.Sprint(size)) {
				t.Errorf("Evaluate of a product of 300 bytes with the size %d (%s) = %v, want an error with the size", size, name, err)
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
		if _, err := e.Evaluate(t.Context(), newSubmission(), nil); resultKind(err) != otherError {
			t.Errorf("Evaluate = %v, want a local error", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("files on disk: %v, %v, want none", left, err)
		}
	})
}
