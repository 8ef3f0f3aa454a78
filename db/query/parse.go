package query

import (
	"errors"
	"strconv"
)

var errNoInteger = errors.New("parse a value of the database: it is not an integer")

// ParseInt returns the value of a cell of KindInt. It fails for NULL.
func ParseInt(cell []byte) (int64, error) {
	digits := cell
	if len(cell) > 0 && cell[0] == '-' {
		digits = cell[1:]
	}
	if len(digits) == 0 || len(digits) > 18 { // longer numbers can be too large
		return strconv.ParseInt(string(cell), 10, 64)
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, errNoInteger
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(cell) {
		n = -n
	}
	return n, nil
}
