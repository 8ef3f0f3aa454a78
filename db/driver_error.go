package db

import (
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Deadlocked tells that a transaction failed only because another one went the other way
// round: all of it can be done again at once.
func Deadlocked(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "40P01"
}

// reason tells an operator in one line why a database can not be reached, without the
// address, which may hold a password.
func reason(err error) string {
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
