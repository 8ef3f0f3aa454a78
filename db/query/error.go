package query

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/momotor/resultgraph/internal/fault"
)

// WrapError adds the kind of fault to an error of the database driver. A connection that broke, or
// could not be opened in time, is fault.Unavailable. The message of the driver stays in the error
// for the log; fault.Describe does not show it to clients.
func WrapError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if k := faultKind(err); k != nil {
		return fmt.Errorf("%w (%w)", k, err)
	}
	return err
}

func faultKind(err error) *fault.Kind {
	var known *fault.Kind
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &known):
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fault.NotFound
	case isConnectionError(err):
		return fault.Unavailable
	case errors.As(err, &pg):
		return pgKind(pg.Code)
	case errors.As(err, &lite):
		return sqliteKind(lite.Code())
	}
	return nil
}

// isConnectionError reports whether an error says that there is no connection: it could not be
// opened, it broke, its pool is closed, or the time for it ran out. A transaction whose context ends
// is rolled back, and reports sql.ErrTxDone.
func isConnectionError(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) {
		return true
	}
	for _, known := range []error{
		io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, context.DeadlineExceeded,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	// Package sql does not export this error.
	return strings.HasSuffix(err.Error(), "sql: database is closed")
}

// pgKind returns the kind of an SQLSTATE (PostgreSQL manual, appendix A).
func pgKind(code string) *fault.Kind {
	if len(code) < 2 {
		return nil
	}
	switch code {
	case "25006", "25P03", "25P04", "55P03": // standby, idle and transaction timeouts, lock timeout
		return fault.Unavailable
	}
	switch code[:2] {
	case "23": // integrity constraint violation
		return fault.Conflict
	case "08", "53", "57", "58": // connection, resources, operator intervention, system error
		return fault.Unavailable
	case "40": // serialization failure, deadlock
		return fault.Unavailable
	}
	return nil
}

// sqliteKind returns the kind of a result code (sqlite.org/rescode.html), whose low byte is the
// primary result code.
func sqliteKind(code int) *fault.Kind {
	switch code & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		return fault.Conflict
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_INTERRUPT:
		return fault.Unavailable
	}
	return nil
}
