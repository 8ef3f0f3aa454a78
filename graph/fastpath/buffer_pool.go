package fastpath

import "sync"

// buffers hold the encoded rows of a level. Operations reuse buffers, because growing new
// buffers would take as long as filling them.
type buffers struct {
	text        []byte
	segmentEnds []uint32
	keyValues   []int64
}

var bufferPool = sync.Pool{New: func() any { return &buffers{} }}

// maxPooledBytes is the maximum capacity of buffers.text in the pool. Larger buffers are not
// reused.
const maxPooledBytes = 4 << 20

// takeBuffers takes the buffers of a level from the pool.
func (lr *levelRows) takeBuffers() {
	lr.pooled = bufferPool.Get().(*buffers)
	lr.text, lr.segmentEnds, lr.keyValues = lr.pooled.text[:0], lr.pooled.segmentEnds[:0], lr.pooled.keyValues[:0]
}

// returnBuffers returns the buffers of a level to the pool.
func (lr *levelRows) returnBuffers() {
	if lr.pooled == nil || cap(lr.text) > maxPooledBytes {
		return
	}
	*lr.pooled = buffers{lr.text, lr.segmentEnds, lr.keyValues}
	bufferPool.Put(lr.pooled)
	lr.pooled, lr.text, lr.segmentEnds, lr.keyValues = nil, nil, nil, nil
}
