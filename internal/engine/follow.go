package engine

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// follow listens to how the job goes until it has ended. When it hears nothing for a while
// it asks.
func (j *job) follow(ctx context.Context) error {
	heard, leave := j.news.subscribe(j.id)
	defer leave()
	quiet := j.quiet()
	for status := (*brokerpb.JobStatus)(nil); ; {
		if status != nil {
			j.see(status)
		} else if err := j.look(ctx); err != nil {
			return err
		}
		j.outage = retreat{}
		if j.ended() {
			return nil
		}
		ask := time.NewTimer(quiet)
		select {
		case status = <-heard:
		case <-ask.C:
			status = nil
		case <-ctx.Done():
		}
		ask.Stop()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// ended reports whether the job is in a state that is its last. One that we do not know is
// none: we listen on.
func (j *job) ended() bool {
	switch j.state {
	case brokerpb.JobState_FINISHED, brokerpb.JobState_CANCELLED, brokerpb.JobState_FAILED:
		return true
	}
	return false
}

// quiet is after how long we ask for what the broker should have told us.
func (b *Broker) quiet() time.Duration {
	every := time.Second
	if s := b.current.Load(); s != nil {
		every = time.Duration(s.info.GetProgressUpdateInterval()) * time.Second
	}
	return min(max(2*every, 2*time.Second), time.Minute)
}
