package db

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// pingTimeout is the maximum duration of Ping, whatever the database does.
const pingTimeout = 1500 * time.Millisecond

// Ping fails with fault.Unavailable when the database does not answer in time. Concurrent calls share
// one statement.
func (s *Store) Ping(ctx context.Context) error {
	answer := s.pings.DoChan("", func() (any, error) {
		shared, cancel := context.WithTimeout(context.Background(), pingTimeout) // callers share it
		defer cancel()
		return nil, query.WrapError(s.ping.PingContext(shared))
	})
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	select {
	case got := <-answer:
		return got.Err
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "The database does not answer.")
	}
}
