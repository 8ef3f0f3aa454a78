package engine

import (
	"context"
	"sync"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// news is what the broker tells of all jobs, in one stream that is open while somebody
// wants to know.
type news struct {
	broker *Broker

	mu      sync.Mutex
	readers map[string]chan *brokerpb.JobStatus // by job
	stop    context.CancelFunc                  // nil when nobody listens
}

// subscribe returns where the statuses of a job arrive. Nil stands for "ask yourself": the
// stream was interrupted. A status that is not read in time gives way to the next. The
// reader calls leave at last.
func (n *news) subscribe(job string) (heard <-chan *brokerpb.JobStatus, leave func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := make(chan *brokerpb.JobStatus, 1)
	n.readers[job] = c
	if n.stop == nil {
		ctx, stop := context.WithCancel(n.broker.closing)
		n.stop = stop
		go n.listen(ctx)
	}
	return c, func() { n.leave(job, c) }
}

func (n *news) leave(job string, c chan *brokerpb.JobStatus) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.readers[job] == c {
		delete(n.readers, job)
	}
	if len(n.readers) == 0 && n.stop != nil {
		n.stop()
		n.stop = nil
	}
}

// listen reads one stream after the other: the broker closes one when no job is active,
// which may be just before ours is.
func (n *news) listen(ctx context.Context) {
	var away retreat
	for ctx.Err() == nil {
		_ = n.broker.call(ctx, "listen to the broker", func(ctx context.Context, _ *session) error {
			stream, err := n.broker.client.MultiJobStatusStream(ctx, &emptypb.Empty{})
			for err == nil {
				var s *brokerpb.JobStatusStream
				if s, err = stream.Recv(); err != nil {
					return err
				}
				if err = inBand(s.GetException()); err == nil {
					away = retreat{}
					n.tell(s.GetJobId(), s.GetStatus())
				}
			}
			return err
		})
		if ctx.Err() == nil {
			// Whatever it was: the readers ask for themselves, and hear it then.
			n.interrupt()
			_ = away.pause(ctx)
		}
	}
}

// tell hands a status to its reader.
func (n *news) tell(job string, s *brokerpb.JobStatus) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.readers[job]; c != nil && s.GetState() != unknown {
		put(c, s)
	}
}

// interrupt tells all readers to ask for themselves.
func (n *news) interrupt() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.readers {
		put(c, nil)
	}
}

// put replaces what lies in a channel of which we hold the lock.
func put(c chan *brokerpb.JobStatus, s *brokerpb.JobStatus) {
	select {
	case <-c:
	default:
	}
	c <- s
}
