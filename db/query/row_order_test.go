package query_test

import (
	"errors"
	"testing"

	"github.com/momotor/resultgraph/db/query"
)

// Rows whose parents are not in order end with an error, and are not assigned to a wrong parent.
func TestRowsOutOfOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		parents []string
		read    int // the number of rows before the error
		err     error
	}{
		{[]string{"0", "0", "2", "2"}, 4, nil},
		{[]string{"0", "1", "0", "1"}, 2, query.ErrRowOrder},
		{[]string{"1", "0"}, 1, query.ErrRowOrder},
	} {
		rows, read := query.RowsOf(tt.parents...), 0
		for rows.Next() != nil {
			read++
		}
		if read != tt.read || !errors.Is(rows.Err(), tt.err) || !errors.Is(rows.Close(), tt.err) {
			t.Errorf("%v: %d rows are read, then the error is %v, and that of Close is %v; want %d and %v", tt.parents, read, rows.Err(), rows.Close(), tt.read, tt.err)
		}
	}
}
