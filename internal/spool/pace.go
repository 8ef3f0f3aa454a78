package spool

import (
	"errors"
	"time"
)

// ErrSlow is the error of Send if the reader takes its bytes too slowly.
var ErrSlow = errors.New("the client received the response too slowly")

// A reader must take its bytes within minTime, plus a second for each minRate bytes. So a response of
// 32 MiB occupies its pool for at most about five minutes.
const (
	minTime = time.Minute
	minRate = 128 << 10
)

// A pace passes parts to write, and ends a slow reader. The time in which the writer of a spool
// prepares the next part does not count.
type pace struct {
	now   func() time.Time
	write func([]byte) error

	spent time.Duration // in write
	bytes int
}

func (p *pace) send(part []byte) error {
	start := p.now()
	err := p.write(part)
	p.spent += p.now().Sub(start)
	p.bytes += len(part)
	if allowed := minTime + time.Duration(p.bytes)*time.Second/minRate; err == nil && p.spent > allowed {
		return ErrSlow
	}
	return err
}
