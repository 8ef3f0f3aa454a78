package fastpath

// An operation is large if one of its statements reads rows for more than largeThreshold
// parents. At most maxLarge large operations run at the same time, because each of them needs
// memory for its rows and keeps a database connection until the client has received the answer.
const (
	largeThreshold = 500
	maxLarge       = 4
)

// LargeOperations returns the number of large operations that run at the moment.
func (s *Schema) LargeOperations() int { return len(s.largeSlots) }

// acquireLargeSlot waits until fewer than maxLarge other large operations run.
func (x *execution) acquireLargeSlot() error {
	if x.holdsLargeSlot {
		return nil
	}
	select {
	case x.schema.largeSlots <- struct{}{}:
		x.holdsLargeSlot = true
		return nil
	case <-x.ctx.Done():
		return x.ctx.Err()
	}
}

func (x *execution) releaseLargeSlot() {
	if x.holdsLargeSlot {
		<-x.schema.largeSlots
	}
}
