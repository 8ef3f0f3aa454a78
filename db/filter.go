package db

import "time"

// conditions collects the conditions of a filter.
type conditions []Clause

func (cs *conditions) add(c Clause) { *cs = append(*cs, c) }

// is adds that a column is true or false; null is neither.
func (cs *conditions) is(column string, want *bool) {
	if want == nil {
		return
	}
	if *want {
		cs.add(clause(column))
		return
	}
	cs.add(clause("NOT " + column))
}

// equals adds that an expression is true or false; null is neither.
func (cs *conditions) equals(expr Clause, want *bool) {
	if want != nil {
		cs.add(clause("(?) = ?", expr, *want))
	}
}

// compare adds column op value unless there is no value.
func compare[T int | int64 | time.Time](cs *conditions, column, op string, value *T) {
	if value != nil {
		cs.add(clause(column+" "+op+" ?", *value))
	}
}
