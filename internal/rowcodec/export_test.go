package rowcodec

// Remaining returns the number of bytes that are still to be read.
func (r *Reader) Remaining() int { return len(r.data) }
