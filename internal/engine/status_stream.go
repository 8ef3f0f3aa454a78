package engine

import (
	"context"
	"sync"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// A statusStream receives the status updates of all jobs in one stream, which is open while
// there are subscribers.
type statusStream struct {
	broker *Broker

	mu          sync.Mutex
	subscribers map[string]chan *brokerpb.JobStatus // by job
	stop        context.CancelFunc                  // nil without subscribers
}

// subscribe returns a channel for the status updates of a job. A nil update means that the
// stream was interrupted and the subscriber must poll. The channel only holds the latest
// update. The subscriber must call unsubscribe.
func (s *statusStream) subscribe(job string) (updates <-chan *brokerpb.JobStatus, unsubscribe func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan *brokerpb.JobStatus, 1)
	s.subscribers[job] = c
	if s.stop == nil {
		ctx, stop := context.WithCancel(s.broker.closing)
		s.stop = stop
		go s.listen(ctx)
	}
	return c, func() { s.unsubscribe(job, c) }
}

func (s *statusStream) unsubscribe(job string, c chan *brokerpb.JobStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscribers[job] == c {
		delete(s.subscribers, job)
	}
	if len(s.subscribers) == 0 && s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// listen reads streams until ctx is done. It reopens the stream, because the broker closes it
// when no job is active, which may be just before our job starts.
func (s *statusStream) listen(ctx context.Context) {
	var retry backoff
	for ctx.Err() == nil {
		_ = s.broker.call(ctx, "receive status updates", func(ctx context.Context, _ *session) error {
			stream, err := s.broker.client.MultiJobStatusStream(ctx, &emptypb.Empty{})
			for err == nil {
				var update *brokerpb.JobStatusStream
				if update, err = stream.Recv(); err != nil {
					return err
				}
				if err = exceptionError(update.GetException()); err == nil {
					retry = backoff{}
					s.publish(update.GetJobId(), update.GetStatus())
				}
			}
			return err
		})
		if ctx.Err() == nil {
			// The subscribers poll and receive the error themselves.
			s.interrupt()
			_ = retry.wait(ctx)
		}
	}
}

// publish sends a status to its subscriber.
func (s *statusStream) publish(job string, status *brokerpb.JobStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.subscribers[job]; c != nil && status.GetState() != unknownState {
		replace(c, status)
	}
}

// interrupt makes all subscribers poll.
func (s *statusStream) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.subscribers {
		replace(c, nil)
	}
}

// replace replaces the update in a channel. The caller must hold the lock.
func replace(c chan *brokerpb.JobStatus, status *brokerpb.JobStatus) {
	select {
	case <-c:
	default:
	}
	c <- status
}
