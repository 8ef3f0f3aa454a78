package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
	"github.com/momotor/resultgraph/internal/jobs/retention"
)

// A giveUpHandler records the jobs that are given up.
type giveUpHandler struct {
	handlerFunc[jobs.UploadScores]
	givenUp   chan string
	giveUpErr error
}

func (h *giveUpHandler) GiveUp(_ context.Context, args jobs.UploadScores, reason error) error {
	h.givenUp <- fmt.Sprintf("%d: %v", args.UploadID, reason)
	return h.giveUpErr
}

// A job is given up after a permanent error and after its last attempt. A job that was stuck in
// its last attempt, or during which instances were killed often, is given up without another
// attempt.
func TestGiveUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		const maxAttempts = 10
		q := jobstest.Open(t, s)
		killed := `'{"killed": 100}'`
		if !s.IsPostgres() {
			killed = "jsonb(" + killed + ")"
		}
		for i, assignment := range []string{
			"attempt = 0", fmt.Sprintf("attempt = %d", maxAttempts-2), fmt.Sprintf("attempt = %d", maxAttempts-1),
			fmt.Sprintf("attempt = %d", maxAttempts), "metadata = " + killed,
		} {
			q.Enqueue(t, jobs.UploadScores{CourseID: 1, UploadID: int64(i + 1)})
			_, err := s.SQL().ExecContext(t.Context(), "UPDATE river_job SET "+assignment+" WHERE id = (SELECT max(id) FROM river_job)")
			if err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan int64, 10)
		h := &giveUpHandler{givenUp: make(chan string, 10), handlerFunc: func(_ context.Context, args jobs.UploadScores) error {
			done <- args.UploadID
			if args.UploadID == 1 {
				return jobs.Permanent(errors.New("no Canvas"))
			}
			return jobstest.ErrFailed
		}}
		r := q.Start(t, jobs.Register(h))
		reasons := map[string]string{}
		for range 4 {
			id, reason, _ := strings.Cut(jobstest.Receive(t, h.givenUp), ": ")
			reasons[id] = reason
		}
		for range 3 { // jobs 1 to 3
			if id := jobstest.Receive(t, done); id > 3 {
				t.Errorf("job %d ran, though it must be given up", id)
			}
		}
		q.Stop(t, r)
		for id, want := range map[string]string{
			"1": "no Canvas", "3": jobstest.ErrFailed.Error(), "4": "the job was stuck", "5": "the instance was killed",
		} {
			if !strings.HasPrefix(reasons[id], want) {
				t.Errorf("job %s was given up because of %q, want %q", id, reasons[id], want)
			}
		}
		if got := q.States(t); fmt.Sprint(got) != "map[cancelled:4 retryable:1]" && fmt.Sprint(got) != "map[available:1 cancelled:4]" {
			t.Errorf("the jobs are %v, want four cancelled and one to be retried", got)
		}
	})
}

// A job whose GiveUp fails is given up again later.
func TestGiveUpFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		h := &giveUpHandler{
			givenUp: make(chan string, 1), giveUpErr: errors.New("the database does not answer"),
			handlerFunc: func(context.Context, jobs.UploadScores) error { return jobs.ErrPermanent },
		}
		q.Enqueue(t, jobs.UploadScores{CourseID: 1, UploadID: 1})
		r := q.Start(t, jobs.Register(h))
		jobstest.Receive(t, h.givenUp)
		q.Stop(t, r)
		if got := q.States(t); fmt.Sprint(got) != "map[scheduled:1]" {
			t.Errorf("the jobs are %v, want one postponed", got)
		}
	})
}

// A shortJob has one attempt of a few milliseconds.
type shortJob struct{}

func (shortJob) Kind() string                 { return "short" }
func (shortJob) InsertOpts() river.InsertOpts { return jobs.UniqueInsertOpts(jobs.QueueUpkeep, 1) }
func (shortJob) Timeout() time.Duration       { return 5 * time.Millisecond }

// A shortJobHandler runs until the timeout of the job, and sends the reason and the state of the
// context of GiveUp.
type shortJobHandler struct{ givenUp chan [2]error }

func (shortJobHandler) Do(ctx context.Context, _ shortJob) error {
	<-ctx.Done()
	return ctx.Err()
}

func (h shortJobHandler) GiveUp(ctx context.Context, _ shortJob, reason error) error {
	h.givenUp <- [2]error{reason, ctx.Err()}
	return nil
}

// A job that exceeds its timeout in the last attempt is given up, and GiveUp still has time.
func TestGiveUpAfterTimeout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		h := shortJobHandler{make(chan [2]error, 1)}
		q.Enqueue(t, shortJob{})
		r := q.Start(t, jobs.Register(h))
		if got := jobstest.Receive(t, h.givenUp); !errors.Is(got[0], context.DeadlineExceeded) || got[1] != nil {
			t.Errorf("the job is given up because of %v in a context with the error %v, want a timeout and no error", got[0], got[1])
		}
		q.Stop(t, r)
		if got := q.States(t); fmt.Sprint(got) != "map[cancelled:1]" {
			t.Errorf("the jobs are %v, want one cancelled", got)
		}
	})
}

// registerTimeoutSender registers a handler that sends the time until its deadline to a channel.
func registerTimeoutSender[T jobs.Args](timeouts chan<- time.Duration) jobs.Registration {
	return registerFunc(func(ctx context.Context, _ T) error {
		deadline, _ := ctx.Deadline()
		timeouts <- time.Until(deadline)
		return nil
	})
}

// Each kind of job has its own timeout. The kind of refresh.Schedule is "sync".
func TestTimeouts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		timeouts := map[string]chan time.Duration{}
		for _, kind := range []string{"process", "refresh", "upload", "sync", "purge"} {
			timeouts[kind] = make(chan time.Duration, 1)
		}
		q.Enqueue(t, jobs.ProcessResult{}, jobs.RefreshAssignment{}, jobs.UploadScores{}, refresh.Schedule{}, retention.Purge{})
		r := q.Start(t, registerTimeoutSender[jobs.ProcessResult](timeouts["process"]), registerTimeoutSender[jobs.RefreshAssignment](timeouts["refresh"]),
			registerTimeoutSender[jobs.UploadScores](timeouts["upload"]), registerTimeoutSender[refresh.Schedule](timeouts["sync"]), registerTimeoutSender[retention.Purge](timeouts["purge"]))
		for kind, want := range map[string]time.Duration{
			"process": time.Hour, "refresh": 30 * time.Minute, "upload": 30 * time.Minute, "sync": 5 * time.Minute, "purge": 30 * time.Minute,
		} {
			if got := jobstest.Receive(t, timeouts[kind]); got > want || got < want-time.Minute {
				t.Errorf("the timeout of %s is %s, want %s", kind, got, want)
			}
		}
		q.Stop(t, r)
	})
}
