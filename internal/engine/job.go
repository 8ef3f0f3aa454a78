package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// A job is the job of one Evaluate at the broker.
type job struct {
	*Broker
	submission Submission
	progress   func(Progress)
	id         string

	state          brokerpb.JobState // unknownState if the broker must be polled
	failure        string
	lastProgress   Progress
	startAttempted bool
	started        bool // the broker has confirmed it
	damaged        int  // number of damaged downloads
	outage         backoff
}

// unknownState means that the broker must be polled.
const unknownState = brokerpb.JobState_NO_JOB_STATE

// errForgotten is the error if the broker no longer knows the job.
var errForgotten = errors.New("the broker has forgotten the job")

// Evaluate implements Engine. After a lost connection it resumes the same job when the broker is
// back. If the broker has forgotten the job, it starts a new one, once.
func (b *Broker) Evaluate(ctx context.Context, sub Submission, progress func(Progress)) (*Results, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	r, err := b.evaluate(ctx, sub, progress)
	if !errors.Is(err, errForgotten) {
		return r, err
	}
	b.log.WarnContext(ctx, "broker has forgotten a job; starting a new one", "broker", b.address)
	sub.JobID = ""
	r, err = b.evaluate(ctx, sub, progress)
	if errors.Is(err, errForgotten) {
		return nil, fmt.Errorf("%w: %w, twice", ErrUnavailable, err)
	}
	return r, err
}

// evaluate runs one job to its end, and removes it from the broker unless the broker is
// unavailable or has forgotten it.
func (b *Broker) evaluate(ctx context.Context, sub Submission, progress func(Progress)) (*Results, error) {
	j := &job{Broker: b, submission: sub, progress: progress, id: sub.JobID, startAttempted: sub.JobID != ""}
	if j.id == "" {
		if err := j.create(ctx); err != nil {
			return nil, err
		}
	}
	if sub.JobID == "" {
		j.lastProgress = Progress{JobID: j.id}
		progress(j.lastProgress)
	}
	r, err := j.run(ctx)
	if !errors.Is(err, errForgotten) && !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrDetached) {
		j.endJob(ctx)
	}
	return r, err
}

// maxJobID is the maximum length of a job id in bytes.
const maxJobID = 255

// create creates the job at the broker.
func (j *job) create(ctx context.Context) error {
	a, err := unaryCall(ctx, j.Broker, "create a job", &brokerpb.CreateJobRequest{Type: brokerpb.JobType_VERIFY_PRODUCT}, j.client.CreateJob)
	id := a.GetJobId()
	if err == nil && (id == "" || sanitize(id, maxJobID) != id) {
		err = fmt.Errorf("create a job: the broker returns the invalid id %.40q", id)
	}
	if err != nil {
		return asUnavailable(ctx, err) // nothing was sent yet
	}
	j.id = id
	j.state = brokerpb.JobState_INITIALIZING
	return nil
}

// run advances the job until it has results, and reconnects after lost connections.
func (j *job) run(ctx context.Context) (*Results, error) {
	for {
		r, err := j.advance(ctx)
		if !errors.Is(err, ErrUnavailable) || errors.Is(err, errUnauthorized) || j.closing.Err() != nil || j.outage.total > maxOutage {
			return r, err
		}
		if err := j.outage.wait(ctx); err != nil {
			return nil, err
		}
		j.state, j.started = unknownState, false
	}
}

// advance runs the job from its current state to its end.
func (j *job) advance(ctx context.Context) (*Results, error) {
	for {
		var err error
		switch {
		case j.state == unknownState:
			err = j.pollStatus(ctx)
		case j.state == brokerpb.JobState_INITIALIZING && !j.started:
			err = j.uploadAndStart(ctx)
		case j.state == brokerpb.JobState_FINISHED:
			return j.fetchResults(ctx)
		case j.state == brokerpb.JobState_CANCELLED, j.state == brokerpb.JobState_FAILED:
			return nil, newJobFailed(j.redact(j.failure))
		default:
			err = j.watch(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
}

// uploadAndStart uploads the assets and starts the job. The broker skips assets that it has
// already.
func (j *job) uploadAndStart(ctx context.Context) error {
	for _, p := range []assetUpload{
		{brokerpb.Category_RECIPE, j.submission.Recipe},
		{brokerpb.Category_CONFIG, j.submission.Config},
		{brokerpb.Category_PRODUCT, j.submission.Product},
	} {
		if p.empty() {
			continue
		}
		if err := j.upload(ctx, p); err != nil {
			return j.checkForgotten(ctx, err)
		}
	}
	return j.start(ctx)
}

// start starts the job. If the response to an earlier start was lost and the broker rejects
// another one, the job has been started.
func (j *job) start(ctx context.Context) error {
	restarted := j.startAttempted
	j.startAttempted = true
	_, err := unaryCall(ctx, j.Broker, "start the job", &brokerpb.StartJobRequest{JobId: j.id}, j.client.StartJob)
	if isException(err, brokerpb.ExceptionType_JOB) && restarted {
		err = j.pollStatus(ctx)
	}
	if err != nil {
		return j.checkForgotten(ctx, err)
	}
	j.started = true
	return nil
}

// pollStatus reads the status of the job.
func (j *job) pollStatus(ctx context.Context) error {
	a, err := unaryCall(ctx, j.Broker, "read the status of the job", &brokerpb.JobStatusRequest{JobId: j.id}, j.client.JobStatus)
	if isException(err, brokerpb.ExceptionType_JOB) {
		return fmt.Errorf("%w: %w", errForgotten, err)
	}
	if err != nil {
		return err
	}
	if a.GetStatus().GetState() == unknownState {
		return asUnavailable(ctx, errors.New("read the status of the job: the response has no state"))
	}
	j.handleStatus(a.GetStatus())
	return nil
}

// checkForgotten polls the broker after an exception about the job, and returns errForgotten if
// the broker no longer knows the job. Otherwise it returns err.
func (j *job) checkForgotten(ctx context.Context, err error) error {
	if !isException(err, brokerpb.ExceptionType_JOB) || errors.Is(err, errForgotten) {
		return err
	}
	if err := j.pollStatus(ctx); err != nil {
		return err
	}
	return err
}

// handleStatus stores a status and reports the progress. It reports nothing for a resumed job
// that has already ended.
func (j *job) handleStatus(s *brokerpb.JobStatus) {
	j.state, j.failure = s.GetState(), s.GetFailure()
	if j.ended() && j.lastProgress.JobID == "" {
		return
	}
	p := Progress{State: j.lastProgress.State, Done: int(s.GetTasksFinished()), Total: int(s.GetTasks()), JobID: j.id}
	if j.state == brokerpb.JobState_STARTED {
		p.State = Processing
	}
	if p.Done = min(p.Done, p.Total); p != j.lastProgress {
		j.lastProgress = p
		j.progress(p)
	}
}

// EndJob implements Engine.
func (b *Broker) EndJob(ctx context.Context, job string) error {
	_, err := unaryCall(ctx, b, "end the job", &brokerpb.EndJobRequest{JobId: job}, b.client.EndJob)
	if isException(err, brokerpb.ExceptionType_JOB) {
		return nil
	}
	return err
}

// endJob removes the job and its assets from the broker, even if ctx is done.
func (j *job) endJob(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	var retry backoff
	for {
		err := j.EndJob(ctx, j.id)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrUnavailable) || j.closing.Err() != nil || retry.wait(ctx) != nil {
			j.log.WarnContext(ctx, "job was not removed from the broker", "broker", j.address, "error", err)
			return
		}
	}
}
