package main

import (
	"io"
	"net/http"
	"time"
)

const (
	// bodyTimeout is the time in which a client must send a body without files. Package form gives
	// more time to forms.
	bodyTimeout = time.Minute
	// A client must receive each chunkBytes of a response within chunkTimeout, so the time for a
	// response grows with its size. The time in which the server prepares a response does not count.
	chunkBytes   = 64 << 10
	chunkTimeout = 30 * time.Second
	// unreadTimeout is the time in which a client must send what the server discards of a body.
	unreadTimeout = 10 * time.Second
)

// withDeadlines closes the connections of clients that send their body or receive their response
// too slowly. It must be outside of all middleware that buffers responses.
func withDeadlines(chunkTimeout time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn := http.NewResponseController(w)
			body := &deadlineBody{r.Body, conn, r.Body == http.NoBody}
			if !body.ended {
				_ = conn.SetReadDeadline(time.Now().Add(bodyTimeout)) // only writers of tests have no deadlines
				r = r.WithContext(r.Context())
				r.Body = body
			}
			timed := &deadlineWriter{w, conn, chunkTimeout, chunkTimeout, chunkBytes}
			next.ServeHTTP(timed, r)
			timed.setDeadline(time.Now()) // package http sends what it has buffered
			if !body.ended {
				_ = conn.SetReadDeadline(time.Now().Add(unreadTimeout))
			}
		})
	}
}

// A deadlineBody removes the deadline at the end of the body. After that, a deadline would cancel
// the context of the request.
type deadlineBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	ended bool
}

func (b *deadlineBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF && !b.ended {
		b.ended = true
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// A deadlineWriter sets the deadline of the chunk that it sends. It has no ReadFrom, so that files
// are sent in chunks too.
type deadlineWriter struct {
	http.ResponseWriter
	conn      *http.ResponseController
	timeout   time.Duration // for a chunk
	remaining time.Duration // for the rest of the current chunk
	bytes     int           // of the rest of the current chunk
}

// Unwrap implements http.ResponseController's access to the connection.
func (w *deadlineWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write implements http.ResponseWriter.
func (w *deadlineWriter) Write(p []byte) (n int, err error) {
	for {
		chunk := p[n:min(len(p), n+w.bytes)]
		var sent int
		err = w.send(len(chunk), func() error {
			sent, err = w.ResponseWriter.Write(chunk)
			return err
		})
		if n += sent; err != nil || n == len(p) {
			return n, err
		}
	}
}

// FlushError implements http.ResponseController's Flush.
func (w *deadlineWriter) FlushError() error { return w.send(0, w.conn.Flush) }

// send calls f, which sends n bytes of the current chunk, with the deadline of the chunk.
func (w *deadlineWriter) send(n int, f func() error) error {
	start := time.Now()
	w.setDeadline(start)
	err := f()
	w.remaining -= time.Since(start)
	if w.bytes -= n; w.bytes == 0 {
		w.bytes, w.remaining = chunkBytes, w.timeout
	}
	return err
}

func (w *deadlineWriter) setDeadline(now time.Time) {
	_ = w.conn.SetWriteDeadline(now.Add(w.remaining))
}
