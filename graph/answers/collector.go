package answers

import "github.com/momotor/resultgraph/graph/fastpath"

// A collector keeps a copy of a streamed answer, up to a maximum size.
type collector struct {
	fastpath.Sink
	max  int
	data []byte
	// tooLarge is set when the answer has more than max bytes. Then data is nil.
	tooLarge bool
}

// Write implements fastpath.Sink.
func (c *collector) Write(part []byte) (int, error) {
	if c.tooLarge = c.tooLarge || len(c.data)+len(part) > c.max; c.tooLarge {
		c.data = nil
	} else {
		c.data = append(c.data, part...)
	}
	return c.Sink.Write(part)
}
