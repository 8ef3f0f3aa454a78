package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A pipeListener accepts connections within the process, whose deadlines follow the clock of a
// synctest bubble. Its connections have no buffers.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// servePipe serves requests with deadlines in a bubble, and returns a connection to the server that
// has sent request.
func servePipe(h http.HandlerFunc, request string) (conn net.Conn, stop func()) {
	l := &pipeListener{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: withDeadlines(chunkTimeout)(h), WriteTimeout: chunkTimeout}
	go server.Serve(l)
	near, far := net.Pipe()
	l.conns <- far
	go io.WriteString(near, request)
	return near, func() {
		near.Close()
		server.Close()
		synctest.Wait()
	}
}

const getRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

// readSlowly reads a response in pieces of n bytes, with a pause before each, and returns its body.
func readSlowly(conn net.Conn, n int, pause time.Duration) (string, error) {
	res, err := http.ReadResponse(bufio.NewReader(&slowReader{conn, n, pause, 0}), nil)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

type slowReader struct {
	r     io.Reader
	n     int
	pause time.Duration
	left  int // of the piece
}

func (s *slowReader) Read(p []byte) (int, error) {
	if s.left == 0 {
		time.Sleep(s.pause) // of the bubble's clock
		s.left = s.n
	}
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// A client that reads slowly receives all of a response, whose time grows with its size. One that
// stops, or reads less than a chunk in its time, is disconnected. The time that the server takes
// does not count.
func TestResponseDeadlines(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	writeAtOnce := func(w http.ResponseWriter) error {
		_, err := io.WriteString(w, large)
		return err
	}
	writeInPieces := func(pause time.Duration) func(w http.ResponseWriter) error {
		return func(w http.ResponseWriter) error {
			for i := 0; i < len(large); i += 1 << 10 {
				time.Sleep(pause)
				if _, err := io.WriteString(w, large[i:i+1<<10]); err != nil {
					return err
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					return err
				}
			}
			return nil
		}
	}
	copyFile := func(w http.ResponseWriter) error {
		_, err := io.Copy(w, strings.NewReader(large))
		return err
	}
	for _, tt := range []struct {
		name     string
		write    func(http.ResponseWriter) error
		n        int // bytes that the client reads after each pause
		pause    time.Duration
		complete bool
	}{
		{"32 KiB in 8 s", writeAtOnce, 32 << 10, 8 * time.Second, true},
		{"4 KiB a second", writeAtOnce, 4 << 10, time.Second, true},
		{"1 KiB a second", writeAtOnce, 1 << 10, time.Second, false},
		{"a byte a second", writeAtOnce, 1, time.Second, false},
		{"nothing", writeAtOnce, 1, 24 * time.Hour, false},
		{"4 KiB a second of a file", copyFile, 4 << 10, time.Second, true},
		{"1 KiB a second of a file", copyFile, 1 << 10, time.Second, false},
		{"4 KiB a second of many pieces", writeInPieces(0), 4 << 10, time.Second, true},
		{"512 B a second of many pieces", writeInPieces(0), 512, time.Second, false},
		{"a server that takes ten minutes for each KiB", writeInPieces(10 * time.Minute), 64 << 10, 0, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			written := make(chan error, 1)
			conn, stop := servePipe(func(w http.ResponseWriter, _ *http.Request) {
				err := tt.write(w)
				written <- err
				if err != nil {
					panic(http.ErrAbortHandler)
				}
			}, getRequest)
			defer stop()
			body, err := readSlowly(conn, tt.n, tt.pause)
			if writeErr := <-written; tt.complete && (writeErr != nil || err != nil || body != large) ||
				!tt.complete && !errors.Is(writeErr, os.ErrDeadlineExceeded) {
				t.Errorf("%s: write = %v, read = %d bytes, %v; want all: %v", tt.name, writeErr, len(body), err, tt.complete)
			}
		})
	}
}

// A small response, a redirect and an error of package http have a deadline too: a client that
// does not read them is disconnected.
func TestSmallResponsesHaveDeadlines(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]string{
		"text": getRequest, "redirect": strings.Replace(getRequest, "/", "/redirect", 1), "not HTTP": "nonsense\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			conn, stop := servePipe(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/redirect" {
					http.Redirect(w, r, "/", http.StatusFound)
					return
				}
				io.WriteString(w, "ok")
			}, request)
			defer stop()
			time.Sleep(2 * chunkTimeout)
			if n, err := io.Copy(io.Discard, conn); n > 0 || err != nil {
				t.Errorf("%s: the client received %d bytes, %v after the deadline, want a closed connection", name, n, err)
			}
		})
	}
}

// A client has limited time to send a body. After the body, and without one, the operation may
// take any time.
func TestBodyDeadlines(t *testing.T) {
	t.Parallel()
	const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"
	for request, wantErr := range map[string]error{
		getRequest: nil, head + "body": nil, head + "bo": os.ErrDeadlineExceeded,
	} {
		synctest.Test(t, func(t *testing.T) {
			read, canceled := make(chan error, 1), make(chan error, 1)
			conn, stop := servePipe(func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				read <- err
				if err == nil {
					time.Sleep(10 * bodyTimeout)
				}
				canceled <- r.Context().Err()
			}, request)
			defer stop()
			go io.Copy(io.Discard, conn)
			if err := <-read; !errors.Is(err, wantErr) {
				t.Errorf("%q: reading the body = %v, want %v", request, err, wantErr)
			}
			if err := <-canceled; err != nil && wantErr == nil {
				t.Errorf("%q: the operation is canceled: %v", request, err)
			}
		})
	}
}
