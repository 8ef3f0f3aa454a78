package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// A job is one Evaluate at the broker.
type job struct {
	*Broker
	work     Work
	progress func(Progress)
	id       string

	state   brokerpb.JobState // unknown when the broker has to be asked
	failure string
	told    Progress
	tried   bool // to start it
	started bool // the broker has said so
	damaged int  // downloads that were not what they should have been
	outage  retreat
}

// unknown is no state of the broker's.
const unknown = brokerpb.JobState_NO_JOB_STATE

// errForgotten says that the broker does not know the job any more.
var errForgotten = errors.New("the broker has forgotten the job")

// Evaluate implements Engine. When the connection is lost it goes on with the same job once
// the broker is back; when the broker has forgotten that, it begins again, once.
func (b *Broker) Evaluate(ctx context.Context, w Work, progress func(Progress)) (*Results, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	r, err := b.evaluate(ctx, w, progress)
	if !errors.Is(err, errForgotten) {
		return r, err
	}
	b.log.WarnContext(ctx, "the broker has forgotten a job, which is begun again", "broker", b.address)
	w.Job = ""
	r, err = b.evaluate(ctx, w, progress)
	if errors.Is(err, errForgotten) {
		return nil, fmt.Errorf("%w: %w, twice", ErrUnavailable, err)
	}
	return r, err
}

// evaluate takes one job to its end, and has the broker forget it unless the broker is away
// or has done so already.
func (b *Broker) evaluate(ctx context.Context, w Work, progress func(Progress)) (*Results, error) {
	j := &job{Broker: b, work: w, progress: progress, id: w.Job, tried: w.Job != ""}
	if j.id == "" {
		if err := j.create(ctx); err != nil {
			return nil, err
		}
	}
	if w.Job == "" {
		j.told = Progress{Job: j.id}
		progress(j.told)
	}
	r, err := j.run(ctx)
	if !errors.Is(err, errForgotten) && !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrSetAside) {
		j.end(ctx)
	}
	return r, err
}

// mostID is how many bytes the id of a job may have.
const mostID = 255

// create has the broker make a job.
func (j *job) create(ctx context.Context) error {
	a, err := ask(ctx, j.Broker, "create a job", &brokerpb.CreateJobRequest{Type: brokerpb.JobType_VERIFY_PRODUCT}, j.client.CreateJob)
	id := a.GetJobId()
	if err == nil && (id == "" || tidy(id, mostID) != id) {
		err = fmt.Errorf("create a job: the broker gives it %.40q for an id", id)
	}
	if err != nil {
		return blameless(ctx, err) // nothing of the work was sent yet
	}
	j.id = id
	j.state = brokerpb.JobState_INITIALIZING
	return nil
}

// run does what is next until there are results, however often the connection is lost.
func (j *job) run(ctx context.Context) (*Results, error) {
	for {
		r, err := j.advance(ctx)
		if !errors.Is(err, ErrUnavailable) || errors.Is(err, errRefused) || j.closing.Err() != nil || j.outage.spent > outageTime {
			return r, err
		}
		if err := j.outage.pause(ctx); err != nil {
			return nil, err
		}
		j.state, j.started = unknown, false
	}
}

// advance takes the job from the state that it is in to its end.
func (j *job) advance(ctx context.Context) (*Results, error) {
	for {
		var err error
		switch {
		case j.state == unknown:
			err = j.look(ctx)
		case j.state == brokerpb.JobState_INITIALIZING && !j.started:
			err = j.begin(ctx)
		case j.state == brokerpb.JobState_FINISHED:
			return j.fetch(ctx)
		case j.state == brokerpb.JobState_CANCELLED, j.state == brokerpb.JobState_FAILED:
			return nil, failed(j.redact(j.failure))
		default:
			err = j.follow(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
}

// begin sends what the job needs and starts it. What the broker has already it does not
// take again.
func (j *job) begin(ctx context.Context) error {
	for _, p := range []parcel{
		{brokerpb.Category_RECIPE, j.work.Recipe},
		{brokerpb.Category_CONFIG, j.work.Config},
		{brokerpb.Category_PRODUCT, j.work.Product},
	} {
		if p.empty() {
			continue
		}
		if err := j.upload(ctx, p); err != nil {
			return j.orForgotten(ctx, err)
		}
	}
	return j.start(ctx)
}

// start starts the job. A job that may have been started before, by a call whose answer was
// lost, and that the broker will not start, has been.
func (j *job) start(ctx context.Context) error {
	again := j.tried
	j.tried = true
	_, err := ask(ctx, j.Broker, "start the job", &brokerpb.StartJobRequest{JobId: j.id}, j.client.StartJob)
	if isException(err, brokerpb.ExceptionType_JOB) && again {
		err = j.look(ctx)
	}
	if err != nil {
		return j.orForgotten(ctx, err)
	}
	j.started = true
	return nil
}

// look asks how the job is.
func (j *job) look(ctx context.Context) error {
	a, err := ask(ctx, j.Broker, "ask for the status of the job", &brokerpb.JobStatusRequest{JobId: j.id}, j.client.JobStatus)
	if isException(err, brokerpb.ExceptionType_JOB) {
		return fmt.Errorf("%w: %w", errForgotten, err)
	}
	if err != nil {
		return err
	}
	if a.GetStatus().GetState() == unknown {
		return blameless(ctx, errors.New("ask for the status of the job: the broker answers without a state"))
	}
	j.see(a.GetStatus())
	return nil
}

// orForgotten finds out whether the broker refuses something because it does not know the
// job any more.
func (j *job) orForgotten(ctx context.Context, err error) error {
	if !isException(err, brokerpb.ExceptionType_JOB) || errors.Is(err, errForgotten) {
		return err
	}
	if err := j.look(ctx); err != nil {
		return err
	}
	return err
}

// see takes in a status and tells of it. Of a job that has ended before we came back to it
// there is nothing to tell.
func (j *job) see(s *brokerpb.JobStatus) {
	j.state, j.failure = s.GetState(), s.GetFailure()
	if j.ended() && j.told.Job == "" {
		return
	}
	p := Progress{State: j.told.State, Done: int(s.GetTasksFinished()), Total: int(s.GetTasks()), Job: j.id}
	if j.state == brokerpb.JobState_STARTED {
		p.State = Processing
	}
	if p.Done = min(p.Done, p.Total); p != j.told {
		j.told = p
		j.progress(p)
	}
}

// End implements Engine.
func (b *Broker) End(ctx context.Context, job string) error {
	_, err := ask(ctx, b, "end the job", &brokerpb.EndJobRequest{JobId: job}, b.client.EndJob)
	if isException(err, brokerpb.ExceptionType_JOB) {
		return nil
	}
	return err
}

// end has the broker forget the job and its assets, also when ctx is done.
func (j *job) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	var away retreat
	for {
		err := j.End(ctx, j.id)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrUnavailable) || j.closing.Err() != nil || away.pause(ctx) != nil {
			j.log.WarnContext(ctx, "a job is left at the broker", "broker", j.address, "error", err)
			return
		}
	}
}
