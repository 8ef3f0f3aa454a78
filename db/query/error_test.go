package query_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A connection that broke, or that there is none of, is Unavailable, whichever layer reports it.
func TestWrapError(t *testing.T) {
	t.Parallel()
	_, refused := pgconn.Connect(t.Context(), "postgres://user@127.0.0.1:1/none")
	sqlState := func(code string) error { return &pgconn.PgError{Code: code} }
	for _, tt := range []struct {
		name string
		err  error
		want *fault.Kind
	}{
		{"refused connection", refused, fault.Unavailable},
		{"rejected password", connectError(t, "28P01"), fault.Unavailable},
		{"closed pool", closedPoolError(t), fault.Unavailable},
		{"closed connection", closedConnError(t), fault.Unavailable},
		{"connection that ends", io.ErrUnexpectedEOF, fault.Unavailable},
		{"end of file", io.EOF, fault.Unavailable},
		{"closed socket", net.ErrClosed, fault.Unavailable},
		{"reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, fault.Unavailable},
		{"broken pipe", syscall.EPIPE, fault.Unavailable},
		{"bad connection", driver.ErrBadConn, fault.Unavailable},
		{"returned connection", sql.ErrConnDone, fault.Unavailable},
		{"ended transaction", sql.ErrTxDone, fault.Unavailable},
		{"deadline", context.DeadlineExceeded, fault.Unavailable},
		{"terminated backend", sqlState("57P01"), fault.Unavailable},
		{"crash", sqlState("57P02"), fault.Unavailable},
		{"starting", sqlState("57P03"), fault.Unavailable},
		{"connection failure", sqlState("08006"), fault.Unavailable},
		{"too many connections", sqlState("53300"), fault.Unavailable},
		{"disk of the database", sqlState("58030"), fault.Unavailable},
		{"standby", sqlState("25006"), fault.Unavailable},
		{"idle transaction", sqlState("25P03"), fault.Unavailable},
		{"lock timeout", sqlState("55P03"), fault.Unavailable},
		{"deadlock", sqlState("40P01"), fault.Unavailable},
		{"duplicate", sqlState("23505"), fault.Conflict},
		{"no rows", sql.ErrNoRows, fault.NotFound},
		{"syntax", sqlState("42601"), fault.Internal},
		{"anything else", errors.New("scan a row"), fault.Internal},
		{"known kind", fault.Gone, fault.Gone},
	} {
		got := query.WrapError(fmt.Errorf("read results: %w", tt.err))
		if k := fault.KindOf(got); k != tt.want || !errors.Is(got, tt.err) {
			t.Errorf("%s: WrapError(%v) is %v, want %v", tt.name, tt.err, k, tt.want)
		}
	}
	if err := query.WrapError(context.Canceled); err != context.Canceled {
		t.Errorf("WrapError(context.Canceled) = %v", err)
	}
}

// connectTo connects to a server that sends an answer to the first message.
func connectTo(t *testing.T, answer string) (*pgconn.PgConn, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Read(make([]byte, 1024))
		_, _ = io.WriteString(conn, answer)
		_, _ = io.Copy(io.Discard, conn)
	}()
	return pgconn.Connect(t.Context(), "postgres://user@"+l.Addr().String()+"/none?sslmode=disable")
}

// connectError returns the error of a server that rejects a connection.
func connectError(t *testing.T, code string) error {
	t.Helper()
	fields := "SFATAL\x00C" + code + "\x00Mno\x00\x00"
	_, err := connectTo(t, fmt.Sprintf("E\x00\x00\x00%c%s", 4+len(fields), fields))
	var rejected *pgconn.PgError
	if !errors.As(err, &rejected) || rejected.Code != code {
		t.Fatalf("connect = %v, want the code %s", err, code)
	}
	return err
}

// closedConnError returns the error of a connection to PostgreSQL that pgx has closed.
func closedConnError(t *testing.T) error {
	t.Helper()
	const authenticated, ready = "R\x00\x00\x00\x08\x00\x00\x00\x00", "Z\x00\x00\x00\x05I"
	conn, err := connectTo(t, authenticated+ready)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	return conn.Exec(t.Context(), "SELECT 1").Close()
}

// closedPoolError returns the error of a pool that was closed.
func closedPoolError(t *testing.T) error {
	t.Helper()
	pool, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	pool.Close()
	return pool.PingContext(t.Context())
}
