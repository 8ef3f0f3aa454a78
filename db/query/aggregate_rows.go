package query

import (
	"bytes"

	"github.com/uptrace/bun"
)

// rowsReadName is the name of the column with the number of rows of a parent's sources.
const rowsReadName bun.Ident = "rows_read"

// rowsRead returns the SQL of the number of rows of a parent's sources. On SQLite the sources have an empty
// row for each parent if all rows are one group.
func (a *Aggregation) rowsRead() Clause {
	if a.GroupBy == nil {
		return Dialect("count(*)", "count(*) - 1")
	}
	return SQL("CAST(sum(count(*)) OVER (?) AS bigint)", Dialect("", "PARTITION BY src.parent"))
}

// countRows adds the numbers in the last cells of groups to RowsRead, and removes these cells.
func (a *Aggregation) countRows(byParent [][]AggregateRow) error {
	if a.RowsRead == nil {
		return nil
	}
	for _, groups := range byParent {
		for i, group := range groups {
			n, err := ParseInt(group[len(group)-1])
			if err != nil {
				return err
			}
			if i == 0 { // each group has the number of the parent
				a.RowsRead.Add(n)
			}
			groups[i] = group[:len(group)-1]
		}
	}
	return nil
}

// A countedSource returns the rows of a plan with an aggregation that counts its rows, without the cell of
// the number.
type countedSource struct {
	rowSource
	aggregation *Aggregation
	// parent is the first cell of the row that was read last, nil before the first one.
	parent []byte
}

func (s *countedSource) next() ([][]byte, error) {
	cells, err := s.rowSource.next()
	if cells == nil || err != nil {
		return nil, err
	}
	last := len(cells) - 1
	if s.aggregation.GroupBy == nil || s.parent == nil || !bytes.Equal(s.parent, cells[0]) {
		s.parent = append(s.parent[:0], cells[0]...)
		n, err := ParseInt(cells[last])
		if err != nil {
			return nil, err
		}
		s.aggregation.RowsRead.Add(n)
	}
	return cells[:last], nil
}
