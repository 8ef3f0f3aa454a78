package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// listen opens a TCP listener. The flag that set the address is part of the error.
func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%[1]s is in use by another program: choose another port with %[2]s, such as %[2]s 127.0.0.1:8081", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// lingerTimeout is the time in which a client may notice an early response.
const lingerTimeout = 10 * time.Second

// A lingeringListener accepts connections whose Close waits for clients that still send a request
// which the server has answered already. Closing at once would reset the connection, and the client
// would lose the response (RFC 9112 section 9.6).
type lingeringListener struct{ net.Listener }

// Accept implements net.Listener.
func (l lingeringListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &lingeringConn{TCPConn: tcp}, nil
	}
	return conn, err
}

type lingeringConn struct {
	*net.TCPConn
	lingers atomic.Bool
}

// CloseWrite implements the interface that package http uses before it closes a connection with
// unread data.
func (c *lingeringConn) CloseWrite() error {
	c.lingers.Store(true)
	return c.TCPConn.CloseWrite()
}

// Close implements net.Conn. After CloseWrite, the first call discards what the client sends until
// the client closes the connection. A second call interrupts the first.
func (c *lingeringConn) Close() error {
	if c.lingers.Swap(false) {
		_ = c.SetReadDeadline(time.Now().Add(lingerTimeout))
		_, _ = io.Copy(io.Discard, c.TCPConn)
	}
	return c.TCPConn.Close()
}
