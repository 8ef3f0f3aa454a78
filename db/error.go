package db

import (
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// IsDeadlock reports whether a transaction failed because of a deadlock. Then it can be repeated
// immediately.
func IsDeadlock(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "40P01"
}

// unreachableReason explains in one line why a database can not be reached. It omits the address of
// the database, which may contain a password.
func unreachableReason(err error) string {
	var pg *pgconn.PgError
	var dial *net.OpError
	switch {
	case errors.As(err, &pg):
		return pg.Message
	case errors.As(err, &dial):
		return dial.Err.Error()
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
