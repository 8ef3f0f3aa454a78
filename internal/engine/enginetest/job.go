package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// A job is what the broker knows of one.
type job struct {
	serial int
	status *brokerpb.JobStatus
	told   int // statuses since it was started
	assets map[brokerpb.Category]*brokerpb.AssetData
}

// ended reports whether nothing more happens in the job.
func (j *job) ended() bool {
	s := j.status.GetState()
	return s == brokerpb.JobState_FINISHED || s == brokerpb.JobState_CANCELLED || s == brokerpb.JobState_FAILED
}

// waiting reports whether the job was not started.
func (j *job) waiting() bool { return j.status.GetState() == brokerpb.JobState_INITIALIZING }

// Set gives a job a status. A job that is finished has results.
func (b *Broker) Set(id string, s *brokerpb.JobStatus) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j := b.jobs[id]; j != nil {
		b.set(j, s)
		b.happened()
	}
}

func (b *Broker) set(j *job, s *brokerpb.JobStatus) {
	j.status = s
	if s.GetState() == brokerpb.JobState_FINISHED {
		results := b.conf.Results(b.content(j, brokerpb.Category_RECIPE), b.content(j, brokerpb.Category_CONFIG), b.content(j, brokerpb.Category_PRODUCT))
		format := brokerpb.AssetFormat_XML
		if bytes.HasPrefix(results, []byte("PK")) {
			format = brokerpb.AssetFormat_ZIP
		}
		b.keep(j, &brokerpb.AssetData{
			Query: &brokerpb.AssetQuery{Category: brokerpb.Category_RESULT}, Name: "results", Format: format,
			Size: uint64(len(results)), Hash: b.hash(results),
		}, results)
	}
}

// step moves a job that moves by itself, each time that its status is told.
func (b *Broker) step(j *job) {
	if b.conf.Steps == 0 || j.waiting() || j.ended() {
		return
	}
	j.told++
	s := &brokerpb.JobStatus{State: brokerpb.JobState_STARTED, Tasks: uint32(b.conf.Steps), TasksFinished: uint32(j.told), TasksActive: 1}
	if j.told >= b.conf.Steps {
		s.State, s.TasksActive = brokerpb.JobState_FINISHED, 0
	}
	b.set(j, s)
}

// find returns a job, or the exception that there is none.
func (b *Broker) find(id string) (*job, *brokerpb.Exception) {
	j := b.jobs[id]
	if j == nil {
		return nil, jobException("there is no job %q", id)
	}
	return j, nil
}

func jobException(format string, args ...any) *brokerpb.Exception {
	return &brokerpb.Exception{Type: brokerpb.ExceptionType_JOB, Text: fmt.Sprintf(format, args...)}
}

// CreateJob implements brokerpb.ClientServer.
func (b *Broker) CreateJob(ctx context.Context, r *brokerpb.CreateJobRequest) (*brokerpb.CreateJobResponse, error) {
	if e := b.admit(ctx); e != nil {
		return &brokerpb.CreateJobResponse{Exception: e}, nil
	}
	if r.GetType() == brokerpb.JobType_NO_JOB_TYPE {
		return &brokerpb.CreateJobResponse{Exception: jobException("a job has a type")}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serial++
	id := fmt.Sprintf("job-%d", b.serial)
	b.jobs[id] = &job{
		serial: b.serial, status: &brokerpb.JobStatus{State: brokerpb.JobState_INITIALIZING},
		assets: map[brokerpb.Category]*brokerpb.AssetData{},
	}
	b.counts.Created++
	b.happened()
	return &brokerpb.CreateJobResponse{JobId: id}, nil
}

// StartJob implements brokerpb.ClientServer.
func (b *Broker) StartJob(ctx context.Context, r *brokerpb.StartJobRequest) (*brokerpb.StartJobResponse, error) {
	e := b.admit(ctx)
	if e == nil {
		e = b.start(r.GetJobId())
	}
	return &brokerpb.StartJobResponse{Exception: e}, nil
}

func (b *Broker) start(id string) *brokerpb.Exception {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, e := b.find(id)
	if e != nil {
		return e
	}
	if !j.waiting() {
		b.counts.DoubleStarts++
		return jobException("the job was started before")
	}
	if j.assets[brokerpb.Category_RECIPE] == nil || j.assets[brokerpb.Category_PRODUCT] == nil {
		return jobException("the job has no recipe, or no product")
	}
	j.status = &brokerpb.JobStatus{State: brokerpb.JobState_QUEUED}
	b.counts.Started++
	b.happened()
	return nil
}

// JobStatus implements brokerpb.ClientServer.
func (b *Broker) JobStatus(ctx context.Context, r *brokerpb.JobStatusRequest) (*brokerpb.JobStatusResponse, error) {
	if e := b.admit(ctx); e != nil {
		return &brokerpb.JobStatusResponse{Exception: e}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts.Looks++
	j, e := b.find(r.GetJobId())
	if e != nil {
		return &brokerpb.JobStatusResponse{Exception: e}, nil
	}
	b.step(j)
	return &brokerpb.JobStatusResponse{Status: proto.CloneOf(j.status)}, nil
}

// EndJob implements brokerpb.ClientServer.
func (b *Broker) EndJob(ctx context.Context, r *brokerpb.EndJobRequest) (*brokerpb.EndJobResponse, error) {
	if e := b.admit(ctx); e != nil {
		return &brokerpb.EndJobResponse{Exception: e}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, e := b.find(r.GetJobId()); e != nil {
		return &brokerpb.EndJobResponse{Exception: e}, nil
	}
	delete(b.jobs, r.GetJobId())
	b.sweep()
	b.counts.Ended++
	b.happened()
	return &brokerpb.EndJobResponse{}, nil
}

// MultiJobStatusStream implements brokerpb.ClientServer.
func (b *Broker) MultiJobStatusStream(_ *emptypb.Empty, s brokerpb.Client_MultiJobStatusStreamServer) error {
	if e := b.admit(s.Context()); e != nil {
		return s.Send(&brokerpb.JobStatusStream{Exception: e})
	}
	b.mu.Lock()
	b.counts.Streams++
	b.happened()
	b.mu.Unlock()
	for told := map[string]bool{}; ; {
		round, active, changed := b.round(told)
		for _, m := range round {
			if err := s.Send(m); err != nil {
				return err
			}
		}
		if !active || faultOf(s.Context()).kind == early {
			return nil
		}
		tick := time.NewTimer(b.conf.Tick)
		select {
		case <-tick.C:
		case <-changed:
		case <-s.Context().Done():
		}
		tick.Stop()
		if err := s.Context().Err(); err != nil {
			return err
		}
	}
}

// round is what the stream says at one time: the statuses of the jobs under way, and of
// those that have ended since. Told are those of which it has said so.
func (b *Broker) round(told map[string]bool) (round []*brokerpb.JobStatusStream, active bool, changed chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range b.inOrder() {
		j := b.jobs[id]
		if j.waiting() || told[id] {
			continue
		}
		b.step(j)
		told[id] = j.ended()
		active = active || !j.ended()
		round = append(round, &brokerpb.JobStatusStream{JobId: id, Status: proto.CloneOf(j.status)})
	}
	return round, active, b.changed
}
