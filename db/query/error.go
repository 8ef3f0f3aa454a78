package query

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/momotor/resultgraph/internal/fault"
)

// WrapError adds the kind of fault to an error of the database driver. The message of the driver
// stays in the error for the log; fault.Describe does not show it to clients.
func WrapError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
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
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &known):
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fault.NotFound
	case errors.As(err, &pg):
		return pgKind(pg.Code)
	case errors.As(err, &lite):
		return sqliteKind(lite.Code())
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone):
		return fault.Unavailable
	}
	return nil
}

// pgKind returns the kind of an SQLSTATE (PostgreSQL manual, appendix A).
func pgKind(code string) *fault.Kind {
	if len(code) < 2 {
		return nil
	}
	switch code[:2] {
	case "23": // integrity constraint violation
		return fault.Conflict
	case "08", "53", "57": // connection, resources, operator intervention
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
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return fault.Unavailable
	}
	return nil
}
