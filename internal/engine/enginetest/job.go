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

// A job is the state of a job.
type job struct {
	serial      int
	status      *brokerpb.JobStatus
	statusCount int // statuses sent since the start
	assets      map[brokerpb.Category]*brokerpb.AssetData
}

// ended reports whether the state of the job is final.
func (j *job) ended() bool {
	s := j.status.GetState()
	return s == brokerpb.JobState_FINISHED || s == brokerpb.JobState_CANCELLED || s == brokerpb.JobState_FAILED
}

// waiting reports whether the job is not started yet.
func (j *job) waiting() bool { return j.status.GetState() == brokerpb.JobState_INITIALIZING }

// SetStatus sets the status of a job. A finished job gets results.
func (b *Broker) SetStatus(id string, s *brokerpb.JobStatus) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j := b.jobs[id]; j != nil {
		b.setStatus(j, s)
		b.notify()
	}
}

func (b *Broker) setStatus(j *job, s *brokerpb.JobStatus) {
	j.status = s
	if s.GetState() == brokerpb.JobState_FINISHED {
		results := b.config.Results(b.content(j, brokerpb.Category_RECIPE), b.content(j, brokerpb.Category_CONFIG), b.content(j, brokerpb.Category_PRODUCT))
		format := brokerpb.AssetFormat_XML
		if bytes.HasPrefix(results, []byte("PK")) {
			format = brokerpb.AssetFormat_ZIP
		}
		b.storeAsset(j, &brokerpb.AssetData{
			Query: &brokerpb.AssetQuery{Category: brokerpb.Category_RESULT}, Name: "results", Format: format,
			Size: uint64(len(results)), Hash: b.hash(results),
		}, results)
	}
}

// advance advances a job at each status update, unless Config.Steps is zero.
func (b *Broker) advance(j *job) {
	if b.config.Steps == 0 || j.waiting() || j.ended() {
		return
	}
	j.statusCount++
	s := &brokerpb.JobStatus{State: brokerpb.JobState_STARTED, Tasks: uint32(b.config.Steps), TasksFinished: uint32(j.statusCount), TasksActive: 1}
	if j.statusCount >= b.config.Steps {
		s.State, s.TasksActive = brokerpb.JobState_FINISHED, 0
	}
	b.setStatus(j, s)
}

// findJob returns a job, or the exception for an unknown job.
func (b *Broker) findJob(id string) (*job, *brokerpb.Exception) {
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
	if e := b.checkToken(ctx); e != nil {
		return &brokerpb.CreateJobResponse{Exception: e}, nil
	}
	if r.GetType() == brokerpb.JobType_NO_JOB_TYPE {
		return &brokerpb.CreateJobResponse{Exception: jobException("a job has a type")}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastSerial++
	id := fmt.Sprintf("job-%d", b.lastSerial)
	b.jobs[id] = &job{
		serial: b.lastSerial, status: &brokerpb.JobStatus{State: brokerpb.JobState_INITIALIZING},
		assets: map[brokerpb.Category]*brokerpb.AssetData{},
	}
	b.counts.Created++
	b.notify()
	return &brokerpb.CreateJobResponse{JobId: id}, nil
}

// StartJob implements brokerpb.ClientServer.
func (b *Broker) StartJob(ctx context.Context, r *brokerpb.StartJobRequest) (*brokerpb.StartJobResponse, error) {
	e := b.checkToken(ctx)
	if e == nil {
		e = b.start(r.GetJobId())
	}
	return &brokerpb.StartJobResponse{Exception: e}, nil
}

func (b *Broker) start(id string) *brokerpb.Exception {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, e := b.findJob(id)
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
	b.notify()
	return nil
}

// JobStatus implements brokerpb.ClientServer.
func (b *Broker) JobStatus(ctx context.Context, r *brokerpb.JobStatusRequest) (*brokerpb.JobStatusResponse, error) {
	if e := b.checkToken(ctx); e != nil {
		return &brokerpb.JobStatusResponse{Exception: e}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts.StatusRequests++
	j, e := b.findJob(r.GetJobId())
	if e != nil {
		return &brokerpb.JobStatusResponse{Exception: e}, nil
	}
	b.advance(j)
	return &brokerpb.JobStatusResponse{Status: proto.CloneOf(j.status)}, nil
}

// EndJob implements brokerpb.ClientServer.
func (b *Broker) EndJob(ctx context.Context, r *brokerpb.EndJobRequest) (*brokerpb.EndJobResponse, error) {
	if e := b.checkToken(ctx); e != nil {
		return &brokerpb.EndJobResponse{Exception: e}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, e := b.findJob(r.GetJobId()); e != nil {
		return &brokerpb.EndJobResponse{Exception: e}, nil
	}
	delete(b.jobs, r.GetJobId())
	b.deleteUnused()
	b.counts.Ended++
	b.notify()
	return &brokerpb.EndJobResponse{}, nil
}

// MultiJobStatusStream implements brokerpb.ClientServer.
func (b *Broker) MultiJobStatusStream(_ *emptypb.Empty, s brokerpb.Client_MultiJobStatusStreamServer) error {
	if e := b.checkToken(s.Context()); e != nil {
		return s.Send(&brokerpb.JobStatusStream{Exception: e})
	}
	b.mu.Lock()
	b.counts.Streams++
	b.notify()
	b.mu.Unlock()
	for reported := map[string]bool{}; ; {
		updates, active, changed := b.updates(reported)
		for _, m := range updates {
			if err := s.Send(m); err != nil {
				return err
			}
		}
		if !active || faultOf(s.Context()).kind == earlyClose {
			return nil
		}
		tick := time.NewTimer(b.config.Tick)
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

// statusUpdates returns a status update for each running job, and for each job that has ended
// since the last call. reported has the jobs whose end was already reported.
func (b *Broker) updates(reported map[string]bool) (updates []*brokerpb.JobStatusStream, active bool, changed chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range b.sortedJobs() {
		j := b.jobs[id]
		if j.waiting() || reported[id] {
			continue
		}
		b.advance(j)
		reported[id] = j.ended()
		active = active || !j.ended()
		updates = append(updates, &brokerpb.JobStatusStream{JobId: id, Status: proto.CloneOf(j.status)})
	}
	return updates, active, b.changed
}
