package query

import (
	"slices"
	"strconv"
)

// expandAll expands the groups of each parent.
func (a *Aggregation) expandAll(byParent [][]AggregateRow) error {
	for i, groups := range byParent {
		var expanded []AggregateRow
		for k, group := range groups {
			var previous AggregateRow
			if k > 0 {
				previous = groups[k-1]
			}
			more, err := a.Expand(previous, group)
			if err != nil {
				return err
			}
			expanded = append(expanded, more...)
		}
		byParent[i] = expanded
	}
	return nil
}

// An expandedSource returns the rows of a plan with an aggregation that expands its groups. The first cell
// of a row is the parent.
type expandedSource struct {
	rowSource
	expand func(previous, group AggregateRow) ([]AggregateRow, error)
	// parent and previous are from the row that was read last.
	parent   []byte
	previous AggregateRow
	// waiting are the groups to return next.
	waiting []AggregateRow
}

func (s *expandedSource) next() ([][]byte, error) {
	for len(s.waiting) == 0 {
		if err := s.read(); err != nil || s.parent == nil {
			return nil, err
		}
	}
	group := s.waiting[0]
	s.waiting = s.waiting[1:]
	return append([][]byte{s.parent}, group...), nil
}

// read reads the next row and expands it. At the end it sets parent to nil.
func (s *expandedSource) read() error {
	cells, err := s.rowSource.next()
	if cells == nil || err != nil {
		s.parent = nil
		return err
	}
	if s.parent == nil || string(cells[0]) != string(s.parent) {
		s.parent, s.previous = slices.Clone(cells[0]), nil
	}
	group := make(AggregateRow, len(cells)-1)
	for i, cell := range cells[1:] {
		group[i] = slices.Clone(cell)
	}
	s.waiting, err = s.expand(s.previous, group)
	s.previous = group
	return err
}

// IntCell returns the cell of a number.
func IntCell(n int64) []byte { return strconv.AppendInt(nil, n, 10) }
