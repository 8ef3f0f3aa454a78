package engine

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// watch follows the status updates of the job until it has ended. Without an update for a
// while it polls.
func (j *job) watch(ctx context.Context) error {
	updates, unsubscribe := j.statuses.subscribe(j.id)
	defer unsubscribe()
	interval := j.pollInterval()
	for status := (*brokerpb.JobStatus)(nil); ; {
		if status != nil {
			j.handleStatus(status)
		} else if err := j.pollStatus(ctx); err != nil {
			return err
		}
		j.outage = backoff{}
		if j.ended() {
			return nil
		}
		timer := time.NewTimer(interval)
		select {
		case status = <-updates:
		case <-timer.C:
			status = nil
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// ended reports whether the state of the job is final. An unknown state is not.
func (j *job) ended() bool {
	switch j.state {
	case brokerpb.JobState_FINISHED, brokerpb.JobState_CANCELLED, brokerpb.JobState_FAILED:
		return true
	}
	return false
}

// pollInterval returns the time without updates after which to poll.
func (b *Broker) pollInterval() time.Duration {
	interval := time.Second
	if s := b.current.Load(); s != nil {
		interval = time.Duration(s.info.GetProgressUpdateInterval()) * time.Second
	}
	return min(max(2*interval, 2*time.Second), time.Minute)
}
