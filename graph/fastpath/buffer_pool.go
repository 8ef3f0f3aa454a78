package fastpath

import "sync"

// buffers are what the rows of a level are kept in. They go from one run to the next: to
// grow them anew each time would cost as much as to fill them.
type buffers struct {
	text    []byte
	ends    []uint32
	columns []int64
}

var spare = sync.Pool{New: func() any { return &buffers{} }}

// mostSpare is how many bytes of text a buffer may have to be kept.
const mostSpare = 1 << 20

// borrow gives a level's rows buffers.
func (d *rows) borrow() {
	d.own = spare.Get().(*buffers)
	d.text, d.ends, d.columns = d.own.text[:0], d.own.ends[:0], d.own.columns[:0]
}

// giveBack ends the use of what was borrowed.
func (d *rows) giveBack() {
	if d.own == nil || cap(d.text) > mostSpare {
		return
	}
	*d.own = buffers{d.text, d.ends, d.columns}
	spare.Put(d.own)
	d.own, d.text, d.ends, d.columns = nil, nil, nil, nil
}
