package blob

import (
	"context"
	"errors"
	"io"
)

// ErrTooLarge is the failure of a reader that holds more than its [Limit].
var ErrTooLarge = errors.New("content is larger than allowed")

// Limit returns a reader of r that fails with [ErrTooLarge] when r holds more
// than n bytes. Unlike an io.LimitedReader it never passes a cut-off content
// for a whole one.
func Limit(r io.Reader, n int64) io.Reader { return &limited{r: r, left: n} }

type limited struct {
	r    io.Reader
	left int64 // below 0: the limit was passed
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, ErrTooLarge
	}
	// One byte more than allowed tells too large from just large enough.
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}

// cancellable is a reader that fails once ctx is done. It looks before each
// read; a read that blocks is its owner's to break off.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
