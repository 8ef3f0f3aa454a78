package fastpath

// Operations that read rows for more than largeThreshold parents at once are large, and
// maxLarge of them run at a time. Each takes memory for its rows, and a connection until its
// client has received the answer.
const (
	largeThreshold = 500
	maxLarge       = 4
)

// LargeOperations returns the number of large operations that run at the moment.
func (s *Schema) LargeOperations() int { return len(s.large) }

// acquireLarge waits until the operation may be large.
func (x *execution) acquireLarge() error {
	if x.large {
		return nil
	}
	select {
	case x.schema.large <- struct{}{}:
		x.large = true
		return nil
	case <-x.ctx.Done():
		return x.ctx.Err()
	}
}

func (x *execution) releaseLarge() {
	if x.large {
		<-x.schema.large
	}
}
